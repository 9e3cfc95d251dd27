// One HTTP/1.1 connection to the service, kept between requests. Blocking: each call returns when its answer is whole
// or its deadline has passed.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/trouble.hpp"
#include "client/url.hpp"

namespace c2c::client {

struct answer {
  unsigned status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;  // only where Retry-After is a number (RFC 9110, section 10.2.3)
  std::string location;
};

enum class repeat : bool { never, safe };

struct link;

// Not thread-safe. A look-up of a name that takes longer than its deadline goes on in a thread of its own and is
// forgotten.
class connection {
 public:
  connection(url where, connection_options options);
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection();

  // POSTs `json` to the endpoint ("challenge"), connecting first if need be. Where the kept connection turns out to be
  // dead before an answer, a request that is safe to repeat is sent once more on a new one. Once `options.wake` can be
  // read nothing more is sent; the answer to what is not safe to repeat, and was sent, is still waited for.
  std::expected<answer, trouble> post(std::string_view endpoint, const std::string& json, repeat again);

  // Of an endpoint that a ticket opens ("calls/iden"). `ticket` is of the characters that is_ticket allows. Both are
  // safe to repeat, and are repeated as above.
  std::expected<answer, trouble> get(std::string_view endpoint, std::string_view ticket);
  std::expected<answer, trouble> remove(std::string_view endpoint, std::string_view ticket);

 private:
  struct request;

  std::expected<answer, trouble> send(const request& what, repeat again);
  std::expected<answer, trouble> exchange(const request& what, repeat again);

  url where_;
  connection_options options_;
  std::unique_ptr<link> link_;  // null while not connected
};

}  // namespace c2c::client
