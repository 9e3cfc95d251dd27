#include "config/restart.hpp"

#include <gtest/gtest.h>

namespace c2c::config {
namespace {

TEST(Restart, WhatAReloadCanChangeIsNew) {
  const config running;
  config next;
  next.throttle.calls_per_terminal = 1;
  next.call.dial_timeout = std::chrono::seconds(7);
  EXPECT_EQ(keep_until_restart(running, next), "");
  EXPECT_EQ(next.throttle.calls_per_terminal, 1U);
  EXPECT_EQ(next.call.dial_timeout, std::chrono::seconds(7));
}

TEST(Restart, WhatItCannotChangeIsNamedAndStaysAsItIsInForce) {
  config running;
  running.ami.secret = secret("the one in force");
  config next;
  next.ami.port = 1;
  next.ami.secret = secret("another");
  next.call.max_live = 7;
  next.claims.redis_url = redis::parse_url("redis://other").value();
  next.claims.redis_password = secret("hush");
  next.throttle.calls_per_terminal = 1;
  EXPECT_EQ(keep_until_restart(running, next),
            "ami.secret, ami.port, claims.redis_url, claims.redis_password, call.max_live");
  EXPECT_EQ(next.ami.port, running.ami.port);
  EXPECT_EQ(next.ami.secret.reveal(), "the one in force");
  EXPECT_EQ(next.call.max_live, running.call.max_live);
  EXPECT_FALSE(next.claims.redis_url);
  EXPECT_TRUE(next.claims.redis_password.empty());
  EXPECT_EQ(next.throttle.calls_per_terminal, 1U);
}

// As the next reload finds them: what is in force was kept, so the same file differs from it again.
TEST(Restart, ItIsNamedAtEachReload) {
  config running;
  for (int reload = 0; reload < 3; ++reload) {
    config next;
    next.call.max_live = 7;
    EXPECT_EQ(keep_until_restart(running, next), "call.max_live");
    running = next;
  }
}

}  // namespace
}  // namespace c2c::config
