#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/ascii.hpp"

namespace c2c::config {
namespace {

constexpr std::size_t most_host_bytes = 253;

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

// The host and what follows it, "[::1]:80" or "name:80" or "name".
struct authority {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<authority> split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || to_address(text.substr(1, end - 1)).bits != 128) {
      return std::nullopt;
    }
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') {
      return std::nullopt;
    }
    return authority{.host = text.substr(1, end - 1),
                     .port = rest.empty() ? std::nullopt : std::optional(rest.substr(1))};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return authority{.host = text, .port = std::nullopt};
  }
  return authority{.host = text.substr(0, colon), .port = text.substr(colon + 1)};
}

}  // namespace

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > most_host_bytes) {
    return false;
  }
  if (to_address(text).bits != 0) {
    return true;
  }
  const bool plain =
      std::ranges::all_of(text, [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; });
  // What ends in a number but is no address is a mistyped one: 10.0.0.256.
  const std::string_view last = text.substr(text.rfind('.') == std::string_view::npos ? 0 : text.rfind('.') + 1);
  const bool numeric = std::ranges::all_of(last, ascii::is_digit);
  return plain && !numeric && text.front() != '-' && text.front() != '.' && text.find("..") == std::string_view::npos;
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
  const auto parts = split(text);
  if (!parts || !parts->port) {
    return std::nullopt;
  }
  const auto port = whole<std::uint16_t>(*parts->port);
  const std::string_view host = parts->host.empty() ? "0.0.0.0" : parts->host;
  if (!port || !is_host(host)) {
    return std::nullopt;
  }
  return endpoint{.host = std::string(host), .port = *port};
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
  const auto parts = split(text.substr(mark + 3));
  return scheme && parts && is_host(parts->host) && (!parts->port || whole<std::uint16_t>(*parts->port));
}

}  // namespace c2c::config
