#include "net/web_url.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace c2c::net {
namespace {

constexpr std::size_t most_url_bytes = 2048;

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

}  // namespace

std::string web_url::authority() const {
  return server.port == (tls ? 443 : 80) ? server.bracketed_host() : server.written();
}

std::string web_url::place() const {
  return (tls ? "https://" : "http://") + server.written();
}

result<web_url> parse_web_url(std::string_view text) {
  if (text.size() > most_url_bytes || !std::ranges::all_of(text, may_be_sent)) {
    return fail(errc::malformed, "it must be at most 2048 visible ASCII characters");
  }
  web_url out;
  if (take(text, "http://")) {
    out.tls = false;
  } else if (!take(text, "https://")) {
    return fail(errc::malformed, "it must begin with https:// or http://");
  }
  if (text.contains('#')) {
    return fail(errc::malformed, "it has a #, and what follows one is never sent");
  }
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  const std::string_view target = text.substr(authority.size());
  if (authority.contains('@')) {
    return fail(errc::malformed, "it has a user before an @, which is never sent");
  }
  auto server = parse_endpoint(authority, out.tls ? 443 : 80);
  if (!server) {
    return std::unexpected(std::move(server.error()));
  }
  out.server = std::move(*server);
  if (!target.empty()) {
    out.target = target.starts_with('/') ? std::string(target) : '/' + std::string(target);
  }
  return out;
}

}  // namespace c2c::net
