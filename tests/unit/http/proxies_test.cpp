#include "http/proxies.hpp"

#include <gtest/gtest.h>

namespace c2c::http {
namespace {

std::string client(const std::vector<std::string>& trusted, const char* peer, std::string_view forwarded_for) {
  return proxies(trusted).client(boost::asio::ip::make_address(peer), forwarded_for).to_string();
}

TEST(Proxies, WithoutAnyThePeerIsTheClientWhateverItSays) {
  EXPECT_EQ(client({}, "127.0.0.1", "192.0.2.1"), "127.0.0.1");
}

TEST(Proxies, APeerThatIsNoProxyIsNotBelieved) {
  EXPECT_EQ(client({"10.0.0.0/8"}, "11.0.0.1", "192.0.2.1"), "11.0.0.1");
  EXPECT_EQ(client({"2001:db8::/32"}, "2001:db9::1", "192.0.2.1"), "2001:db9::1");
}

TEST(Proxies, AProxyNamesItsClient) {
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client({"2001:db8::/32"}, "2001:db8::1", "2001:db9::7"), "2001:db9::7");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", ""), "10.1.2.3") << "it may be the client itself: a health check";
}

TEST(Proxies, WhatTheClientClaimedItselfIsNotBelieved) {
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "198.51.100.9, 192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "10.9.9.9,192.0.2.1"), "192.0.2.1");
}

TEST(Proxies, AChainOfProxiesIsFollowed) {
  EXPECT_EQ(client({"10.0.0.0/8", "::1/128"}, "::1", "198.51.100.9, 192.0.2.1 ,\t10.0.0.5"), "192.0.2.1");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "10.0.0.7, 10.0.0.5"), "10.0.0.7");
}

TEST(Proxies, AnAddressMayHaveAPort) {
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "[2001:db8::1]"), "2001:db8::1");
}

TEST(Proxies, NonsenseEndsTheSearch) {
  for (const std::string_view odd : {"unknown", "_hidden", "999.1.1.1", "[", "]", ":", ",", " ", "192.0.2.1, x"}) {
    EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", odd), "10.1.2.3") << odd;
  }
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "x, 10.0.0.5"), "10.0.0.5");
}

TEST(Proxies, AnIPv4AddressIsTheSameOnAnIPv6Socket) {
  EXPECT_EQ(client({"10.0.0.0/8"}, "::ffff:10.1.2.3", "::ffff:192.0.2.1"), "192.0.2.1");
}

}  // namespace
}  // namespace c2c::http
