#include "net/http_url.hpp"

#include <gtest/gtest.h>

namespace c2c::net {
namespace {

TEST(HttpUrl, TakesTheReferencesDefault) {
  const auto url = parse_http_url("http://users.ivozprovider.local:8000/RPC");
  ASSERT_TRUE(url);
  EXPECT_EQ(*url, (http_url{.host = "users.ivozprovider.local",
                            .port = 8000,
                            .path = "/RPC",
                            .host_header = "users.ivozprovider.local:8000"}));
}

TEST(HttpUrl, PortAndPathMayBeLeftOut) {
  EXPECT_EQ(*parse_http_url("HTTP://kam"), (http_url{.host = "kam", .port = 80, .path = "/", .host_header = "kam"}));
  EXPECT_EQ(parse_http_url("http://kam?x=1")->path, "/?x=1");
}

TEST(HttpUrl, AnIpv6AddressStandsInBrackets) {
  const auto url = parse_http_url("http://[::1]:8000/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 8000);
  EXPECT_EQ(url->host_header, "[::1]:8000");
}

TEST(HttpUrl, RefusesWhatItCannotSend) {
  for (const char* text : {"",
                           "kam:8000",
                           "https://kam",
                           "ftp://kam",
                           "http://",
                           "http://:80",
                           "http:///RPC",
                           "http://user@kam/",
                           "http://kam:",
                           "http://kam:0",
                           "http://kam:65536",
                           "http://kam:80x",
                           "http://kam:-1",
                           "http://[::1",
                           "http://[kam]",
                           "http://[::1]x",
                           "http://kam/a b",
                           "http://kam/\r\nX: y",
                           "http://kam/#x",
                           "http://k\xc3\xa1m/"}) {
    EXPECT_FALSE(parse_http_url(text)) << text;
  }
}

}  // namespace
}  // namespace c2c::net
