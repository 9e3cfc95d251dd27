#include "client/url.hpp"

#include <gtest/gtest.h>

namespace c2c::client {

TEST(Url, HasTheSchemesOwnPortWhereNoneIsGiven) {
  const auto https = parse_url("https://pbx.example.com");
  ASSERT_TRUE(https.has_value());
  EXPECT_TRUE(https->tls);
  EXPECT_EQ(https->server.port, 443);
  EXPECT_EQ(https->authority(), "pbx.example.com");
  EXPECT_EQ(https->target("call"), "/call");

  const auto http = parse_url("HTTP://127.0.0.1");
  ASSERT_TRUE(http.has_value());
  EXPECT_FALSE(http->tls);
  EXPECT_EQ(http->server.port, 80);
}

TEST(Url, NamesAnotherPortInTheHostHeader) {
  const auto address = parse_url("https://pbx.example.com:9090/");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->authority(), "pbx.example.com:9090");
  EXPECT_EQ(address->text(), "https://pbx.example.com:9090");
}

TEST(Url, LeavesASchemesOwnPortOutOfTheHostHeaderEvenIfGiven) {
  EXPECT_EQ(parse_url("http://pbx.example.com:80")->authority(), "pbx.example.com");
  EXPECT_EQ(parse_url("http://pbx.example.com:443")->authority(), "pbx.example.com:443");
}

TEST(Url, KeepsABasePathWithOrWithoutASlashAtItsEnd) {
  EXPECT_EQ(parse_url("https://pbx.example.com/click2call")->target("challenge"), "/click2call/challenge");
  EXPECT_EQ(parse_url("https://pbx.example.com/a/click2call//")->target("call"), "/a/click2call/call");
}

TEST(Url, TakesAnIpv6AddressInBrackets) {
  const auto address = parse_url("http://[::1]:9090/x");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->server.host, "::1");
  EXPECT_EQ(address->server.port, 9090);
  EXPECT_EQ(address->authority(), "[::1]:9090");
  EXPECT_EQ(parse_url("http://[::1]")->authority(), "[::1]");
}

TEST(Url, RefusesWhatItCannotReach) {
  for (const char* text : {"",
                           "pbx.example.com",
                           "ftp://pbx.example.com",
                           "https://",
                           "https://:9090",
                           "https:///call",
                           "https://a b",
                           "https://pbx:0",
                           "https://pbx:65536",
                           "https://pbx:",
                           "https://pbx:90x",
                           "https://[::1",
                           "https://[]",
                           "https://[::1]9",
                           "https://[pbx]",
                           "https://pbx/?a=b",
                           "https://pbx#x",
                           "https://p\u00e9bx",
                           "https://pbx\r\nX: y",
                           "https://a:1:2"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_url("https://" + std::string(3000, 'a')).has_value());
}

TEST(Url, RefusesUserInformationWithoutRepeatingIt) {
  const auto address = parse_url("https://alice:hunter2@pbx.example.com");
  ASSERT_FALSE(address.has_value());
  EXPECT_EQ(address.error().find("hunter2"), std::string::npos);
}

}  // namespace c2c::client
