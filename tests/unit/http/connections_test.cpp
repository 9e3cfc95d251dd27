#include "http/connections.hpp"

#include <gtest/gtest.h>

#include "http/proxies.hpp"

namespace c2c::http {
namespace {

sharer at(const std::string& address) {
  return sharer_of(asio::ip::make_address(address));
}

struct held final : connection {
  held(connections& in, sharer of) {
    owner = of;
    in.add(*this);
    in.rest(*this);
  }
  void abort() override { ended = true; }
  void drain() override {}
  void retire() override {}
  bool ended = false;
};

TEST(Connections, WhoHasTheMostGivesWayToWhoHasFewer) {
  asio::io_context context{1};
  connections open(context, 4);
  held modest(open, at("192.0.2.1"));
  held first(open, at("192.0.2.2"));
  held second(open, at("192.0.2.2"));
  held third(open, at("192.0.2.2"));
  ASSERT_TRUE(open.full());
  open.make_room_for(at("192.0.2.2"));
  EXPECT_TRUE(open.full()) << "its own are as many as anybody's";
  open.make_room_for(at("192.0.2.3"));
  EXPECT_FALSE(open.full());
  EXPECT_TRUE(first.ended) << "it has waited longest";
  EXPECT_FALSE(modest.ended || second.ended || third.ended);
  open.stop();
}

TEST(Connections, ARequestThatIsBeingAnsweredMakesNoRoom) {
  asio::io_context context{1};
  connections open(context, 2);
  held first(open, at("192.0.2.2"));
  held second(open, at("192.0.2.2"));
  open.work(first);
  open.work(second);
  open.make_room_for(at("192.0.2.3"));
  EXPECT_TRUE(open.full());
  open.stop();
}

TEST(Connections, WhereAllHaveAsManyTheNewcomerIsOneTooMany) {
  asio::io_context context{1};
  connections open(context, 2);
  held first(open, at("192.0.2.1"));
  held second(open, at("192.0.2.2"));
  open.make_room_for(at("192.0.2.3"));
  EXPECT_TRUE(open.full());
  open.stop();
}

TEST(Connections, WhoHasNoShareNeverGivesWay) {
  asio::io_context context{1};
  connections open(context, 2);
  held first(open, 0);
  held second(open, 0);
  open.make_room_for(at("192.0.2.3"));
  EXPECT_TRUE(open.full());
  open.stop();
}

TEST(Connections, AnIpv4AddressIsItselfWhicheverSocketItCameThrough) {
  const auto through_ipv6 = [](const std::string& address) {
    return sharer_of(plain(asio::ip::make_address(address)));
  };
  EXPECT_EQ(through_ipv6("::ffff:192.0.2.1"), at("192.0.2.1"));
  EXPECT_NE(through_ipv6("::ffff:192.0.2.1"), through_ipv6("::ffff:192.0.2.2"));
}

TEST(Connections, NetworksOfOneIpv6SiteAreOneSharer) {
  EXPECT_EQ(at("2001:db8:1:2::1"), at("2001:db8:1:ffff::1"));
  EXPECT_NE(at("2001:db8:1::1"), at("2001:db8:2::1"));
  EXPECT_NE(at("192.0.2.1"), at("192.0.2.2"));
}

}  // namespace
}  // namespace c2c::http
