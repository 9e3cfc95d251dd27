#include "config/values.hpp"

#include <gtest/gtest.h>

namespace c2c::config {
namespace {

TEST(ListenAddress, IsAnAddressOrNameAndAPort) {
  EXPECT_EQ(parse_listen_address("0.0.0.0:9090")->host, "0.0.0.0");
  EXPECT_EQ(parse_listen_address("[2001:db8::1]:80")->host, "2001:db8::1");
  EXPECT_EQ(parse_listen_address(":9090")->host, "0.0.0.0");
  EXPECT_EQ(parse_listen_address("localhost:65535")->port, 65535);
  for (const char* wrong : {"", "9090", "host", "host:", "host:65536", "host:-1", "host:80x", "[::1]", "[::1]80",
                            "[host]:80", "::1:80", "a b:80", "1.2.3.4.5:80"}) {
    EXPECT_FALSE(parse_listen_address(wrong)) << wrong;
  }
}

TEST(Network, IsAnAddressWithAPrefixThatCoversItsBits) {
  EXPECT_EQ(parse_network("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(parse_network("10.1.2.3"), "10.1.2.3/32");
  EXPECT_EQ(parse_network("2001:db8::/32"), "2001:db8::/32");
  EXPECT_EQ(parse_network("0.0.0.0/0"), "0.0.0.0/0");
  for (const char* wrong :
       {"10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "host/8", "2001:db8::1/32"}) {
    EXPECT_FALSE(parse_network(wrong)) << wrong;
  }
}

TEST(Origin, IsWhatABrowserSends) {
  for (const char* right : {"*", "null", "https://crm.example.com", "http://localhost:8080", "http://[::1]:80",
                            "moz-extension://0b7c3f2e-1f5a-4a55-9f10-6f0a1c2d3e4f", "https://*.example.com",
                            "https://*.example.com:8443"}) {
    EXPECT_TRUE(is_origin(right)) << right;
  }
  for (const char* wrong :
       {"", "crm.example.com", "https://crm.example.com/", "https://", "://a", "https://a b", "*.example.com",
        "https://*", "https://*.", "https://*example.com", "https://a.*.example.com", "https://*.*.example.com"}) {
    EXPECT_FALSE(is_origin(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace c2c::config
