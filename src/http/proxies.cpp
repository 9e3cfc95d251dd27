#include "http/proxies.hpp"

#include <algorithm>

namespace c2c::http {
namespace {

namespace ip = boost::asio::ip;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1" or "[2001:db8::1]:4711".
std::string_view without_port(std::string_view hop) {
  if (hop.starts_with('[')) {
    return hop.substr(1, hop.find(']') - 1);
  }
  const auto colon = hop.find(':');
  return colon != std::string_view::npos && colon == hop.rfind(':') ? hop.substr(0, colon) : hop;
}

}  // namespace

ip::address plain(const ip::address& who) {
  return who.is_v6() && who.to_v6().is_v4_mapped() ? ip::address(ip::make_address_v4(ip::v4_mapped, who.to_v6())) : who;
}

proxies::proxies(const std::vector<std::string>& trusted) {
  for (const std::string& network : trusted) {
    boost::system::error_code ec;
    if (const auto v4 = ip::make_network_v4(network, ec); !ec) {
      v4_.push_back(v4);
    } else if (const auto v6 = ip::make_network_v6(network, ec); !ec) {
      v6_.push_back(v6);
    }
  }
}

bool proxies::trusts(const ip::address& who) const {
  if (who.is_v4()) {
    return std::ranges::any_of(v4_, [bits = who.to_v4().to_uint()](const ip::network_v4& trusted) {
      return (bits & trusted.netmask().to_uint()) == trusted.network().to_uint();
    });
  }
  return std::ranges::any_of(v6_, [&](const ip::network_v6& trusted) {
    return ip::network_v6(who.to_v6(), trusted.prefix_length()).network() == trusted.network();
  });
}

ip::address proxies::client(const ip::address& peer, std::string_view forwarded_for) const {
  ip::address known = plain(peer);
  while (!forwarded_for.empty() && trusts(known)) {
    const auto comma = forwarded_for.rfind(',');
    const auto hop = forwarded_for.substr(comma == std::string_view::npos ? 0 : comma + 1);
    boost::system::error_code ec;
    const auto named = ip::make_address(without_port(trimmed(hop)), ec);
    if (ec) {
      break;
    }
    known = plain(named);
    forwarded_for = forwarded_for.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return known;
}

}  // namespace c2c::http
