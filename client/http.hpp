// One HTTP/1.1 connection to the service, kept between requests. Blocking: each call returns when its answer is whole
// or its deadline has passed.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/url.hpp"

namespace c2c::client {

enum class trouble_kind : std::uint8_t {
  name_not_found = 1,
  refused,
  unreachable,
  timed_out,
  wrong_name,  // the certificate is for another host
  untrusted,   // the certificate is not trusted for another reason
  tls,         // anything else about TLS
  bad_ca,      // the file of certificates cannot be used
  broken,      // the connection ended before a whole answer
  too_large,   // an answer of more than 64 KiB, or a header of more than 16 KiB
  not_http,
};

struct trouble {
  trouble_kind kind;
  std::string detail;  // the library's words, for the terminal
  bool sent = false;   // the request may have reached the service
};

struct answer {
  unsigned status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;  // only where Retry-After is a number (RFC 9110, section 10.2.3)
  std::string location;
};

struct connection_options {
  bool verify_tls = true;
  std::string ca;                                               // PEM, trusted beside the system's store; empty: none
  std::chrono::milliseconds connect = std::chrono::seconds(5);  // name, TCP and TLS together
  std::chrono::milliseconds whole = std::chrono::seconds(20);   // one request and its answer, without connecting
};

enum class repeat : bool { never, safe };

// Not thread-safe. A look-up of a name that takes longer than its deadline goes on in a thread of its own and is
// forgotten.
class connection {
 public:
  connection(url where, connection_options options);
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection();

  // POSTs `json` to the endpoint ("challenge"), connecting first if need be. Where the kept connection turns out to be
  // dead before an answer, a request that is safe to repeat is sent once more on a new one.
  std::expected<answer, trouble> post(std::string_view endpoint, const std::string& json, repeat again);

 private:
  struct link;

  std::expected<void, trouble> open();
  std::expected<answer, trouble> exchange(std::string_view endpoint, const std::string& json);

  url where_;
  connection_options options_;
  std::unique_ptr<link> link_;  // null while not connected
};

}  // namespace c2c::client
