// The service's address as a person writes it. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "net/endpoint.hpp"

namespace c2c::client {

struct url {
  bool tls = true;
  net::endpoint server;
  std::string path;  // where the service lives behind a proxy: "" or "/click2call", never with a slash at the end

  // "pbx.example.com:9090", the port left out where it is the scheme's own (RFC 9110, section 7.2).
  std::string authority() const;
  // "pbx.example.com:443", always with the port, for messages.
  std::string place() const { return server.written(); }
  // The request target of one of the service's endpoints: "challenge" gives "/click2call/challenge".
  std::string target(std::string_view endpoint) const;
  // The whole address, without a slash at the end.
  std::string text() const;
};

// Reads what net::parse_web_url() does, but for a query, which has no meaning for the service. The error is a sentence
// for the person who wrote the address; it repeats no password.
std::expected<url, std::string> parse_url(std::string_view text);

}  // namespace c2c::client
