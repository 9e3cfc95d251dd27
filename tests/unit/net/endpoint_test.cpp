#include "net/endpoint.hpp"

#include <gtest/gtest.h>

namespace c2c::net {
namespace {

TEST(Host, IsAnAddressOrAName) {
  for (const char* right :
       {"10.0.0.5", "::1", "as1", "as-1.example.com", "3com.example", "a_b.local", "as1.example.com.", "redis.1"}) {
    EXPECT_TRUE(is_host(right)) << right;
  }
  for (const char* wrong : {"", "10.0.0.256", "10.0.0", "a..b", "-a", ".a", "a:5038", "[::1]", "a/b", "ä.example"}) {
    EXPECT_FALSE(is_host(wrong)) << wrong;
  }
  EXPECT_FALSE(is_host(std::string(254, 'a')));
}

TEST(NetEndpoint, HasTheUsualPortWhereNoneIsWritten) {
  EXPECT_EQ(parse_endpoint("as1.example.com", 5038).value(), (endpoint{.host = "as1.example.com", .port = 5038}));
  EXPECT_EQ(parse_endpoint("10.0.0.1:7000", 5038).value(), (endpoint{.host = "10.0.0.1", .port = 7000}));
  EXPECT_EQ(parse_endpoint("[2001:db8::1]", 80).value(), (endpoint{.host = "2001:db8::1", .port = 80}));
}

TEST(NetEndpoint, IsWrittenAsItIsRead) {
  for (const char* text : {"as1:1", "10.0.0.1:65535", "[::1]:80"}) {
    EXPECT_EQ(parse_endpoint(text, 5060)->written(), text);
  }
}

TEST(NetEndpoint, IsRefusedWithoutAWordOfIt) {
  for (const char* text : {"", ":80", "hunter2:", "hunter2:0", "hunter2:65536", "hunter2:8x", "hunter2:-1", "[hunter2]",
                           "[::1", "[::1]80", "[::1]:", "::1", "hunter2 b", "hunter2/x", "hunter2@a", "10.0.0.256"}) {
    const auto got = parse_endpoint(text, 80);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, errc::malformed);
    EXPECT_FALSE(got.error().detail.contains("hunter2"));
  }
}

}  // namespace
}  // namespace c2c::net
