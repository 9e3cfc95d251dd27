// One HTTP response, and its bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace c2c::http {

struct response {
  std::uint16_t status = 200;
  std::string body;                     // JSON; empty for 204
  std::string_view allow = {};          // the Allow header of a 405; static storage
  std::chrono::seconds retry_after{0};  // 0 sends no Retry-After
};

// {"error":"<text>"}; `text` is one of our own sentences and needs no escaping.
response error_response(std::uint16_t status, std::string_view text);

std::string_view reason_phrase(std::uint16_t status) noexcept;

// What the connection adds to a response.
struct framing {
  bool http_1_0 = false;
  bool keep_alive = true;
  bool head = false;              // answer to HEAD: the length, but no body
  std::string_view date;          // an IMF-fixdate (RFC 9110 §5.6.7)
  std::string_view cors_headers;  // whole header lines
};

// Appends the response to `out`.
void write(const response& answer, const framing& how, std::string& out);

// The Date header's value, made anew once a second. One for each thread.
class date_cache {
 public:
  std::string_view at(std::chrono::sys_seconds now);

 private:
  std::chrono::sys_seconds second_{};
  char text_[32] = {};
  std::size_t size_ = 0;
};

}  // namespace c2c::http
