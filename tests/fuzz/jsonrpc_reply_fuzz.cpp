// A reply from anyone in Kamailio's place: what comes out are hosts that can be connected to, yes or no, or a failure
// of a known kind. And a name in a request, which stays a name.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/ascii.hpp"
#include "net/web_url.hpp"
#include "routing/jsonrpc.hpp"
#include "routing/sip_uri.hpp"

namespace {

void require(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

void require_host(const std::string& host) {
  const auto plain = [](char c) { return c2c::ascii::is_alnum(c) || c == '.' || c == '-' || c == '_'; };
  boost::system::error_code ec;
  boost::asio::ip::make_address_v6(host, ec);
  require(!host.empty() && (!ec || (host.size() <= 253 && std::ranges::all_of(host, plain))));
}

void require_plain_refusal(const c2c::failure& why) {
  require(why.code == c2c::errc::not_found || why.code == c2c::errc::malformed);
  require(why.detail.size() < 400 && std::ranges::none_of(why.detail, c2c::ascii::is_control));
}

void check_list(unsigned status, std::string_view body, std::uint64_t company_id) {
  const auto sets = c2c::routing::parse_dispatcher_list(status, body);
  if (!sets) {
    require_plain_refusal(sets.error());
    return;
  }
  for (const auto& set : *sets) {
    const auto order = c2c::routing::order_by_hash(set.destinations, company_id);
    const auto usable = std::ranges::count(set.destinations, true, &c2c::routing::destination::usable);
    require(order.size() <= static_cast<std::size_t>(usable) && order.empty() == (usable == 0));
    std::ranges::for_each(order, require_host);
  }
}

// Only Kamailio's own words for it may turn a caller away.
void check_location(unsigned status, std::string_view body) {
  const auto registered = c2c::routing::parse_ul_reply(status, body);
  if (!registered) {
    require(registered.error().code == c2c::errc::malformed);
    require_plain_refusal(registered.error());
  } else if (!*registered) {
    const auto says = [body](std::string_view words) { return body.find(words) != std::string_view::npos; };
    // A backslash may spell any letter of the words another way.
    require(says("AOR not found in location table") || says("AOR has no contacts") || says("expired") ||
            says("deleted") || says("\\"));
  }
}

void check_lookup(std::string_view name) {
  boost::system::error_code ec;
  const auto request = boost::json::parse(c2c::routing::ul_lookup_request("t", name, "d"), ec);
  // What is no UTF-8 is no JSON either, and Kamailio refuses it.
  if (!ec) {
    const auto& params = request.at("params").as_array();
    require(params.size() == 2 && params[0].as_string() == "t" && params[1].as_string() == std::string(name) + "@d");
    require(request.as_object().size() == 4 && request.at("method").as_string() == "ul.lookup");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const unsigned status = data[0] % 4 == 0 ? 500U : data[0] % 4 == 1 ? 404U : 200U;
  const std::string_view body(reinterpret_cast<const char*>(data + 2), size - 2);
  if (const auto host = c2c::routing::parse_htable_reply(status, body); host) {
    require_host(*host);
  } else {
    require_plain_refusal(host.error());
  }
  check_list(status, body, data[1]);
  check_location(status, body);
  check_lookup(body);
  if (const auto host = c2c::routing::parse_sip_host(body); host) {
    require_host(*host);
  }
  if (const auto url = c2c::net::parse_web_url(body); url) {
    require(!url->server.host.empty() && url->server.port != 0 && url->target.starts_with('/'));
    require(std::ranges::none_of(url->authority() + url->target, c2c::ascii::is_control));
  }
  return 0;
}
