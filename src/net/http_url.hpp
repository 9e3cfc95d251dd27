// The address of Kamailio's RPC server as an operator writes it: `http://host[:port][/path]`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/errc.hpp"

namespace c2c::net {

struct http_url {
  std::string host;  // an address (IPv6 without brackets) or a name
  std::uint16_t port = 80;
  std::string path = "/";   // with the query, if there is one
  std::string host_header;  // as the Host header wants it: brackets, and the port where it was written

  bool operator==(const http_url&) const = default;
};

// Plain http only: Kamailio's listener speaks no TLS, and listens on the inner network. User, fragment, space, control
// and non-ASCII characters are refused. Errors: malformed, with a sentence for the operator.
result<http_url> parse_http_url(std::string_view text);

}  // namespace c2c::net
