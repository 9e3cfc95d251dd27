// The shapes of single values: addresses, networks, origins. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/endpoint.hpp"

namespace c2c::config {

// "host:port", "[::1]:9090" or ":9090", which is every IPv4 address. Port 0 is any that is free.
std::optional<net::endpoint> parse_listen_address(std::string_view text);

// "10.0.0.0/8" or "::1" as "10.0.0.0/8" and "::1/128". Refused where bits are set beyond the prefix.
std::optional<std::string> parse_network(std::string_view text);

// "*", "null" or scheme://host[:port], as browsers send it (RFC 6454, 6.1): no path, not even a slash.
bool is_origin(std::string_view text);

}  // namespace c2c::config
