#include "net/web_url.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::net {
namespace {

TEST(WebUrl, TakesSchemePortPathAndQueryApart) {
  const auto url = parse_web_url("https://crm.example.com:8443/calls?token=abc");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->server.host, "crm.example.com");
  EXPECT_EQ(url->server.port, 8443);
  EXPECT_EQ(url->target, "/calls?token=abc");
  EXPECT_EQ(url->authority(), "crm.example.com:8443");
}

TEST(WebUrl, KnowsEachSchemesOwnPortAndLeavesItOutOfTheHostHeader) {
  const auto plain = parse_web_url("HTTP://127.0.0.1");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->server.port, 80);
  EXPECT_EQ(plain->target, "/");
  EXPECT_EQ(plain->authority(), "127.0.0.1");
  const auto tls = parse_web_url("https://a?b=c");
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->server.port, 443);
  EXPECT_EQ(tls->target, "/?b=c");
  EXPECT_EQ(tls->authority(), "a");
}

TEST(WebUrl, KeepsBracketsOutOfTheHostAndInTheHeader) {
  const auto url = parse_web_url("http://[::1]:8080/x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->server.host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:8080");
  EXPECT_EQ(url->place(), "http://[::1]:8080");
}

TEST(WebUrl, TellsItsPlaceWithoutWhatMayBeATokenInIt) {
  const auto url = parse_web_url("https://crm.example.com/hunter2?token=hunter2");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->place(), "https://crm.example.com:443");
}

TEST(WebUrl, RefusesWhatItIsNotAndQuotesNothingOfIt) {
  for (const std::string& text :
       {std::string("ftp://hunter2/"), std::string("hunter2"), std::string("https://"), std::string("https:///hunter2"),
        std::string("https://hunter2 b/"), std::string("https://hunter2@a/"), std::string("https://a/#hunter2"),
        std::string("https://a:0/hunter2"), std::string("https://a:65536/hunter2"), std::string("https://a:/hunter2"),
        std::string("https://[::1/hunter2"), std::string("https://[hunter2]/"), std::string("https://[::1]hunter2/"),
        std::string("https://hunter2%2e/"), std::string("https://a/\r\nhunter2: x"),
        "https://a/hunter2" + std::string(2048, 'x')}) {
    const auto url = parse_web_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, errc::malformed);
    EXPECT_FALSE(url.error().detail.contains("hunter2")) << url.error().detail;
  }
}

}  // namespace
}  // namespace c2c::net
