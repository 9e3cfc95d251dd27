#include "client/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.hpp"

namespace c2c::client {

namespace {

constexpr std::size_t most_bytes = 2048;

std::unexpected<std::string> refuse(std::string_view text, std::string_view why) {
  return std::unexpected("The url \"" + std::string(text) + "\" " + std::string(why) +
                         "; it looks like https://pbx.example.com:9090.");
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!ascii::iequals(text.substr(0, prefix.size()), prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

bool is_printable(char c) {
  return c > 0x20 && c < 0x7f;
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         std::ranges::all_of(host, [](char c) { return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_ipv6(std::string_view host) {
  return host.contains(':') && std::ranges::all_of(host, [](char c) {
           return ascii::is_digit(c) || (ascii::lower(c) >= 'a' && ascii::lower(c) <= 'f') || c == ':' || c == '.';
         });
}

std::optional<std::uint16_t> to_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
    return std::nullopt;
  }
  return port;
}

std::string bracketed(const std::string& host) {
  return host.contains(':') ? "[" + host + "]" : host;
}

}  // namespace

std::string url::authority() const {
  return port == (tls ? 443 : 80) ? bracketed(host) : place();
}

std::string url::place() const {
  return bracketed(host) + ":" + std::to_string(port);
}

std::string url::target(std::string_view endpoint) const {
  return path + "/" + std::string(endpoint);
}

std::string url::text() const {
  return (tls ? "https://" : "http://") + authority() + path;
}

std::expected<url, std::string> parse_url(std::string_view text) {
  if (text.size() > most_bytes) {
    return std::unexpected("The url is longer than " + std::to_string(most_bytes) + " bytes.");
  }
  if (!std::ranges::all_of(text, is_printable)) {
    return std::unexpected(
        "The url holds a space or a character outside ASCII; it looks like https://pbx.example.com:9090.");
  }
  url out;
  std::string_view rest = text;
  if (take(rest, "http://")) {
    out.tls = false;
    out.port = 80;
  } else if (!take(rest, "https://")) {
    return refuse(text, "does not start with https:// or http://");
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  if (authority.contains('@')) {
    // The address itself is not repeated: people put passwords there.
    return std::unexpected(
        "The url holds user information before an @: the AoR and the password are given on their own.");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return refuse(text, "has a ? or a #, which mean nothing here");
  }

  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    host = authority.substr(1, close == std::string_view::npos ? close : close - 1);
    const std::string_view tail = close == std::string_view::npos ? "" : authority.substr(close + 1);
    if (close == std::string_view::npos || !is_ipv6(host) || (!tail.empty() && tail.front() != ':')) {
      return refuse(text, "has no IPv6 address between its brackets");
    }
    has_port = !tail.empty();
    port = has_port ? tail.substr(1) : tail;
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    host = authority.substr(0, colon);
    port = has_port ? authority.substr(colon + 1) : port;
    if (!is_name(host)) {
      return refuse(text, "has no host name");
    }
  }
  if (has_port) {
    const std::optional<std::uint16_t> number = to_port(port);
    if (!number) {
      return refuse(text, "has a port that is not between 1 and 65535");
    }
    out.port = *number;
  }
  out.host = host;
  while (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  out.path = rest;
  return out;
}

}  // namespace c2c::client
