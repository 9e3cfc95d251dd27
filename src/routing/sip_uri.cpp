#include "routing/sip_uri.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "net/endpoint.hpp"
#include "routing/in_quotes.hpp"

namespace c2c::routing {
result<std::string> parse_sip_host(std::string_view uri) {
  static constexpr std::uint16_t usual_port = 5060;
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
  auto server = net::parse_endpoint(rest, usual_port);
  return server ? result<std::string>(std::move(server->host)) : malformed();
}

}  // namespace c2c::routing
