#include "net/http_url.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <boost/asio/ip/address.hpp>

#include "base/ascii.hpp"
#include "net/asio.hpp"

namespace c2c::net {
namespace {

constexpr std::size_t max_url_bytes = 1024;

bool is_visible(char c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '#';
}

// The size of the host at the start of `authority`, brackets included; 0 where there is no host.
std::size_t host_size(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) {
      return 0;
    }
    boost::system::error_code ec;
    asio::ip::make_address_v6(std::string(authority.substr(1, close - 1)), ec);
    return ec ? 0 : close + 1;
  }
  const std::string_view host = authority.substr(0, authority.find(':'));
  const auto allowed = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  return std::ranges::all_of(host, allowed) ? host.size() : 0;
}

}  // namespace

result<http_url> parse_http_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (text.size() > max_url_bytes || !std::ranges::all_of(text, is_visible)) {
    return fail(errc::malformed, "a URL of at most 1024 visible characters is wanted");
  }
  if (!ascii::iequals(text.substr(0, scheme.size()), scheme)) {
    return fail(errc::malformed, "the URL has to begin with http://");
  }
  text.remove_prefix(scheme.size());
  const std::size_t path_at = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, path_at);
  const std::string_view path = text.substr(path_at);
  const std::size_t size = host_size(authority);
  if (size == 0) {
    return fail(errc::malformed, "the URL has no valid host");
  }
  http_url out;
  const std::string_view host = authority.substr(0, size);
  out.host = host.starts_with('[') ? host.substr(1, size - 2) : host;
  out.host_header = authority;
  if (const std::string_view rest = authority.substr(size); !rest.empty()) {
    const auto [end, ec] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), out.port);
    if (rest.front() != ':' || ec != std::errc() || end != rest.data() + rest.size() || out.port == 0) {
      return fail(errc::malformed, "the URL's port is no number from 1 to 65535");
    }
  }
  if (!path.empty()) {
    out.path = path.starts_with('/') ? std::string(path) : '/' + std::string(path);
  }
  return out;
}

}  // namespace c2c::net
