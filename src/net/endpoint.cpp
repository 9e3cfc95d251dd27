#include "net/endpoint.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "base/ascii.hpp"

namespace c2c::net {
namespace {

constexpr std::size_t most_host_bytes = 253;

bool is_address(int family, std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN || text.contains('\0')) {
    return false;
  }
  in6_addr room{};
  return ::inet_pton(family, std::string(text).c_str(), &room) == 1;
}

}  // namespace

bool is_address(std::string_view text) {
  return is_address(AF_INET, text) || is_address(AF_INET6, text);
}

std::string endpoint::bracketed_host() const {
  return host.contains(':') ? '[' + host + ']' : host;
}

std::string endpoint::written() const {
  return bracketed_host() + ':' + std::to_string(port);
}

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > most_host_bytes) {
    return false;
  }
  if (is_address(text)) {
    return true;
  }
  const auto usual = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  const auto of_an_address = [](char c) { return ascii::is_digit(c) || c == '.'; };
  return std::ranges::all_of(text, usual) && !std::ranges::all_of(text, of_an_address) && text.front() != '-' &&
         text.front() != '.' && !text.contains("..");
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = ec == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(port) : std::nullopt;
}

std::optional<authority> split_authority(std::string_view text) {
  authority out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_address(AF_INET6, text.substr(1, close - 1))) {
      return std::nullopt;
    }
    out.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    out.host = text.substr(0, text.find(':'));
    rest = text.substr(out.host.size());
  }
  if (!rest.empty()) {
    out.port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
    if (!out.port) {
      return std::nullopt;
    }
  }
  return out;
}

result<endpoint> parse_endpoint(std::string_view text, std::uint16_t usual_port) {
  const auto parts = split_authority(text);
  if (!parts || parts->port == 0) {
    return fail(errc::malformed,
                "it has no valid host (IPv6 stands in brackets), or its port is no number from 1 to 65535");
  }
  if (!is_host(parts->host)) {
    return fail(errc::malformed, "it has no valid host (IPv6 stands in brackets)");
  }
  return endpoint{.host = std::string(parts->host), .port = parts->port.value_or(usual_port)};
}

}  // namespace c2c::net
