// One HTTP response, and its bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace c2c::http {

class event_stream;

// What a page of another origin may ask of the endpoint that answers.
struct cors_grant {
  std::string_view methods = "POST, OPTIONS";
  std::string_view request_headers = "Content-Type";
};

struct response {
  std::uint16_t status = 200;
  std::string body;                                    // JSON, if content_type does not say otherwise; empty for 204
  std::string_view content_type = "application/json";  // static storage
  std::string_view allow = {};                         // the Allow header of a 405; static storage
  std::string_view fields = {};                        // more header lines, each with its line break; static storage
  std::chrono::seconds retry_after{0};                 // 0 sends no Retry-After
  cors_grant cors = {};                                // the router's to fill in
  std::shared_ptr<event_stream> stream = {};           // in place of the body; ends the connection
};

// For a response's `fields`: what it says holds now, and is in no cache.
inline constexpr std::string_view no_store = "Cache-Control: no-store\r\n";

// {"error":"<text>"}; `text` is one of our own sentences and needs no escaping.
response error_response(std::uint16_t status, std::string_view text);

// 429 (RFC 6585 §4).
response too_many_requests(std::chrono::seconds retry_after);

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
