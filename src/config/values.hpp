// The shapes of single values: addresses, networks, origins. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace c2c::config {

struct endpoint {
  std::string host;  // an address without brackets, or a name
  std::uint16_t port = 0;
  bool operator==(const endpoint&) const = default;
};

// "host:port", "[::1]:9090" or ":9090", which is every IPv4 address.
std::optional<endpoint> parse_endpoint(std::string_view text);

// An IPv4 or IPv6 address without brackets, or a host name of at most 253 characters.
bool is_host(std::string_view text);

// "10.0.0.0/8" or "::1" as "10.0.0.0/8" and "::1/128". Refused where bits are set beyond the prefix.
std::optional<std::string> parse_network(std::string_view text);

// "*", "null" or scheme://host[:port], as browsers send it (RFC 6454, 6.1): no path, not even a slash.
bool is_origin(std::string_view text);

}  // namespace c2c::config
