#include "routing/sip_uri.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <boost/asio/ip/address.hpp>

#include "base/ascii.hpp"
#include "net/asio.hpp"
#include "routing/in_quotes.hpp"

namespace c2c::routing {
namespace {

bool is_host_name(std::string_view host) {
  constexpr std::size_t max_name_bytes = 253;
  const auto allowed = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  return !host.empty() && host.size() <= max_name_bytes && ascii::is_alnum(host.front()) &&
         std::ranges::all_of(host, allowed);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

result<std::string> parse_sip_host(std::string_view uri) {
  const auto malformed = [uri] { return fail(errc::malformed, "no SIP URI: " + in_quotes(uri)); };
  const std::size_t colon = std::min(uri.find(':'), uri.size());
  const std::string_view scheme = uri.substr(0, colon);
  if (colon == uri.size() || (!ascii::iequals(scheme, "sip") && !ascii::iequals(scheme, "sips"))) {
    return malformed();
  }
  std::string_view rest = uri.substr(colon + 1);
  rest = rest.substr(0, rest.find_first_of(";?"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  std::string_view host;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    host = close == std::string_view::npos ? std::string_view() : rest.substr(1, close - 1);
    boost::system::error_code ec;
    asio::ip::make_address_v6(std::string(host), ec);
    if (ec) {
      return malformed();
    }
    rest.remove_prefix(close + 1);
  } else {
    host = rest.substr(0, rest.find(':'));
    if (!is_host_name(host)) {
      return malformed();
    }
    rest.remove_prefix(host.size());
  }
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) {
    return malformed();
  }
  return std::string(host);
}

}  // namespace c2c::routing
