#include "net/web_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include <boost/asio/ip/address_v6.hpp>

#include "base/ascii.hpp"
#include "net/asio.hpp"

namespace c2c::net {
namespace {

constexpr std::size_t most_url_bytes = 2048;
constexpr std::size_t most_host_bytes = 253;

bool take(std::string_view& text, std::string_view prefix) {
  if (!ascii::iequals(text.substr(0, prefix.size()), prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

bool may_be_sent(char c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\';
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= most_host_bytes &&
         std::ranges::all_of(host, [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_ipv6(std::string_view host) {
  boost::system::error_code ec;
  asio::ip::make_address_v6(std::string(host), ec);
  return !ec && !host.contains('%');
}

// Takes the host from the start of `authority`, brackets included.
std::optional<std::string> take_host(std::string_view& authority) {
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    const std::string_view host = authority.substr(1, close == std::string_view::npos ? close : close - 1);
    if (close == std::string_view::npos || !is_ipv6(host)) {
      return std::nullopt;
    }
    authority.remove_prefix(close + 1);
    return std::string(host);
  }
  const std::string_view host = authority.substr(0, authority.find(':'));
  if (!is_name(host)) {
    return std::nullopt;
  }
  authority.remove_prefix(host.size());
  return std::string(host);
}

std::string bracketed(const std::string& host) {
  return host.contains(':') ? '[' + host + ']' : host;
}

}  // namespace

std::string web_url::authority() const {
  return port == (tls ? 443 : 80) ? bracketed(host) : bracketed(host) + ':' + std::to_string(port);
}

std::string web_url::place() const {
  return (tls ? "https://" : "http://") + bracketed(host) + ':' + std::to_string(port);
}

result<web_url> parse_web_url(std::string_view text) {
  if (text.size() > most_url_bytes || !std::ranges::all_of(text, may_be_sent)) {
    return fail(errc::malformed, "it must be at most 2048 visible ASCII characters");
  }
  web_url out;
  if (take(text, "http://")) {
    out.tls = false;
    out.port = 80;
  } else if (!take(text, "https://")) {
    return fail(errc::malformed, "it must begin with https:// or http://");
  }
  if (text.contains('#')) {
    return fail(errc::malformed, "it has a #, and what follows one is never sent");
  }
  std::string_view authority = text.substr(0, text.find_first_of("/?"));
  const std::string_view target = text.substr(authority.size());
  if (authority.contains('@')) {
    return fail(errc::malformed,
                "it has a user before an @, which is not sent: put a token into the path or the query");
  }
  auto host = take_host(authority);
  if (!host) {
    return fail(errc::malformed, "it has no valid host");
  }
  out.host = std::move(*host);
  if (!authority.empty()) {
    const auto [end, ec] = std::from_chars(authority.data() + 1, authority.data() + authority.size(), out.port);
    if (authority.front() != ':' || ec != std::errc() || end != authority.data() + authority.size() || out.port == 0) {
      return fail(errc::malformed, "its port is no number from 1 to 65535");
    }
  }
  if (!target.empty()) {
    out.target = target.starts_with('/') ? std::string(target) : '/' + std::string(target);
  }
  return out;
}

}  // namespace c2c::net
