// The address of a web server as an operator writes it: `http[s]://host[:port][/path][?query]` (RFC 3986). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "net/endpoint.hpp"

namespace c2c::net {

struct web_url {
  bool tls = true;
  endpoint server;
  std::string target = "/";  // path and query, as the request line wants them; may hold a token

  // For the Host header: brackets around IPv6, the port where it is not the scheme's own (RFC 9110 §7.2).
  std::string authority() const;
  // "https://host:443", for the log: nothing of the target.
  std::string place() const;

  bool operator==(const web_url&) const = default;
};

// At most 2048 visible ASCII characters. User information and a fragment are refused: neither would be sent. Errors:
// malformed, with a sentence for the operator that quotes nothing of the text.
result<web_url> parse_web_url(std::string_view text);

}  // namespace c2c::net
