#include "config/restart.hpp"

#include <gtest/gtest.h>

namespace c2c::config {
namespace {

TEST(Restart, WhatAReloadCanChangeNeedsNone) {
  const config now;
  config then;
  then.throttle.calls_per_terminal = 1;
  then.call.dial_timeout = std::chrono::seconds(7);
  EXPECT_EQ(keys_for_a_restart(now, then), "");
}

TEST(Restart, TheKeysThatDifferAreNamed) {
  const config now;
  config then;
  then.ami.port = 1;
  then.claims.redis_url = "redis://other";
  then.claims.redis_password = secret("hush");
  EXPECT_EQ(keys_for_a_restart(now, then), "ami.port, claims.redis_url, claims.redis_password");
}

}  // namespace
}  // namespace c2c::config
