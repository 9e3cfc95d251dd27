// Where a server is, as operators write it: `host[:port]`, an IPv6 address in brackets. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errc.hpp"

namespace c2c::net {

struct endpoint {
  std::string host;  // an address (IPv6 without brackets) or a name
  std::uint16_t port = 0;

  // The host with brackets around IPv6, and "host:port" so.
  std::string bracketed_host() const;
  std::string written() const;

  bool operator==(const endpoint&) const = default;
};

// An IPv4 or IPv6 address, without brackets.
bool is_address(std::string_view text);

// An IPv4 or IPv6 address without brackets, or a host name of at most 253 characters, with a dot at its end or without.
// Digits and dots that are no address are a mistyped one: 10.0.0.256.
bool is_host(std::string_view text);

// Digits alone, up to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

// The two parts of `host[:port]`, without brackets; the host may be empty, and what it says is not looked at. Nothing
// where that is not the text's shape, where what stands in brackets is no IPv6 address, or the port is over 65535.
struct authority {
  std::string_view host;
  std::optional<std::uint16_t> port;
};
std::optional<authority> split_authority(std::string_view text);

// `usual_port` where none is written. Errors: malformed, with a sentence for the operator that quotes nothing of the
// text.
result<endpoint> parse_endpoint(std::string_view text, std::uint16_t usual_port);

}  // namespace c2c::net
