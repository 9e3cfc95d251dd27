#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/ascii.hpp"

namespace c2c::config {
namespace {

template <class T>
std::optional<T> whole(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

struct address {
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0;  // 32 or 128; 0 where it is no address
};

address to_address(std::string_view text) {
  address out;
  if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return out;
  }
  const std::string terminated(text);
  if (inet_pton(AF_INET, terminated.c_str(), out.bytes.data()) == 1) {
    out.bits = 32;
  } else if (inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) == 1) {
    out.bits = 128;
  }
  return out;
}

bool has_bits_beyond(const address& network, unsigned prefix) {
  for (unsigned bit = prefix; bit < network.bits; ++bit) {
    if ((network.bytes[bit / 8] >> (7U - bit % 8U) & 1U) != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<net::endpoint> parse_listen_address(std::string_view text) {
  const auto parts = net::split_authority(text);
  const std::string_view host = parts && !parts->host.empty() ? parts->host : "0.0.0.0";
  if (!parts || !parts->port || !net::is_host(host)) {
    return std::nullopt;
  }
  return net::endpoint{.host = std::string(host), .port = *parts->port};
}

std::optional<std::string> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const address network = to_address(host);
  if (network.bits == 0) {
    return std::nullopt;
  }
  const auto prefix =
      slash == std::string_view::npos ? std::optional(network.bits) : whole<unsigned>(text.substr(slash + 1));
  if (!prefix || *prefix > network.bits || has_bits_beyond(network, *prefix)) {
    return std::nullopt;
  }
  return fmt::format("{}/{}", host, *prefix);
}

bool is_origin(std::string_view text) {
  if (text == "*" || text == "null") {
    return true;
  }
  const auto mark = text.find("://");
  if (mark == std::string_view::npos || mark == 0) {
    return false;
  }
  const bool scheme = std::ranges::all_of(
      text.substr(0, mark), [](char c) { return ascii::is_alnum(c) || c == '-' || c == '+' || c == '.'; });
  std::string_view authority = text.substr(mark + 3);
  if (authority.starts_with("*.")) {
    authority.remove_prefix(2);
  }
  const auto parts = net::split_authority(authority);
  return scheme && parts && net::is_host(parts->host);
}

}  // namespace c2c::config
