// Who a request comes from, where it came through proxies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace c2c::http {

// The address itself where a socket that takes both kinds has an IPv4 one in IPv6's form, ::ffff:192.0.2.1.
boost::asio::ip::address plain(const boost::asio::ip::address& who);

// Immutable once made: any thread may ask.
class proxies {
 public:
  // Networks of the proxies that are believed, "10.0.0.0/8", "::1/128"; what is no network is left out.
  proxies() = default;
  explicit proxies(const std::vector<std::string>& trusted);

  // The peer itself; where that is a proxy that is believed, whoever it names: X-Forwarded-For is read from its end, as
  // each proxy adds the address that it was called from, up to the first that is no proxy of ours. Whatever stands
  // before that may be forged. An address that cannot be read ends the search at the one after it.
  boost::asio::ip::address client(const boost::asio::ip::address& peer, std::string_view forwarded_for) const;

  // Whether that is a proxy that is believed.
  bool trusts(const boost::asio::ip::address& who) const;

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace c2c::http
