#include "redis/url.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::redis {
namespace {

url good(std::string_view text) {
  auto got = parse_url(text);
  EXPECT_TRUE(got) << text << ": " << (got ? "" : got.error().detail);
  return got ? std::move(*got) : url{};
}

TEST(RedisUrl, NamesAHost) {
  const auto plain = good("redis://cache.example.com");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.server.host, "cache.example.com");
  EXPECT_EQ(plain.server.port, 6379);
  EXPECT_EQ(plain.database, 0U);
  EXPECT_TRUE(plain.password.empty());
  EXPECT_EQ(good("REDIS://10.0.0.1:7000/3").database, 3U);
  EXPECT_EQ(good("redis://10.0.0.1:7000/").server.port, 7000);
  EXPECT_EQ(good("redis://[2001:db8::1]:7000").server.host, "2001:db8::1");
  EXPECT_TRUE(good("rediss://cache.example.com").tls);
}

TEST(RedisUrl, HoldsALogIn) {
  const auto both = good("redis://c2c:p%40ss%3aword@host/1");
  EXPECT_EQ(both.user, "c2c");
  EXPECT_EQ(both.password.reveal(), "p@ss:word");
  EXPECT_EQ(both.server.host, "host");
  const auto password = good("redis://:s3@cret@host");
  EXPECT_EQ(password.user, "");
  EXPECT_EQ(password.password.reveal(), "s3@cret");
}

TEST(RedisUrl, NamesAUnixSocket) {
  const auto there = good("unix:///run/redis/redis.sock?db=2");
  EXPECT_EQ(there.socket, "/run/redis/redis.sock");
  EXPECT_EQ(there.database, 2U);
  EXPECT_EQ(good("unix:///run/redis.sock").database, 0U);
}

TEST(RedisUrl, ItsPlaceTellsNoSecret) {
  EXPECT_EQ(good("rediss://c2c:hush@host:7000/1").place(), "rediss://host:7000/1");
  EXPECT_EQ(good("redis://[::1]").place(), "redis://[::1]:6379/0");
  EXPECT_EQ(good("unix:///run/redis.sock").place(), "unix:///run/redis.sock?db=0");
}

TEST(RedisUrl, WhatIsNoneIsRefusedWithoutBeingQuoted) {
  for (const auto* const wrong :
       {"", "redis", "http://host", "redis://", "redis://:6379", "redis://host:0", "redis://host:99999",
        "redis://host:x", "redis://host/x", "redis://host/-1", "redis://user@host", "redis://:%zz@host",
        "redis://:%0@host", "redis://:%00@host", "redis://[::1", "redis://ho st", "unix://run/redis.sock",
        "unix:///run/redis.sock?x=1", "unix:///s?db=x"}) {
    const auto got = parse_url(wrong);
    ASSERT_FALSE(got) << wrong;
    EXPECT_EQ(got.error().code, errc::malformed);
    EXPECT_GT(got.error().detail.size(), 10U);
  }
  const auto secret = parse_url("redis://:hush-hush@host:bad");
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().detail.find("hush"), std::string::npos);
  EXPECT_FALSE(parse_url("redis://" + std::string(2'000, 'a')));
}

TEST(RedisUrl, SentinelsAndTheMastersName) {
  const url got = good("redis+sentinel://user:pw@a.example,[::1]:26380,c:1/my-master/3");
  ASSERT_EQ(got.sentinels.size(), 3U);
  EXPECT_EQ(got.sentinels[0].host, "a.example");
  EXPECT_EQ(got.sentinels[0].port, 26'379);
  EXPECT_EQ(got.sentinels[1].host, "::1");
  EXPECT_EQ(got.sentinels[1].port, 26'380);
  EXPECT_EQ(got.sentinels[2].port, 1);
  EXPECT_EQ(got.master, "my-master");
  EXPECT_EQ(got.user, "user");
  EXPECT_EQ(got.database, 3U);
  EXPECT_FALSE(got.tls);
  EXPECT_EQ(got.place(), "redis+sentinel://a.example:26379,[::1]:26380,c:1/my-master/3");
  EXPECT_TRUE(good("rediss+sentinel://a/m").tls);
}

TEST(RedisUrl, SentinelsWithoutAMasterOrTooManyAreRefused) {
  for (const std::string_view text :
       {"redis+sentinel://a", "redis+sentinel://a/", "redis+sentinel://a/m/x", "redis+sentinel://a,/m",
        "redis+sentinel://a/m m", "redis+sentinel://a:0/m", "redis+sentinel://a,a,a,a,a,a,a,a,a,a/m"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace c2c::redis
