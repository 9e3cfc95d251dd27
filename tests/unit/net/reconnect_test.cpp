#include "net/reconnect.hpp"

#include <gtest/gtest.h>

namespace c2c::net {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t no_jitter = UINT32_MAX / 2;

struct Reconnect : testing::Test {
  std::chrono::milliseconds ends_after(std::chrono::milliseconds time) {
    now += time;
    return line.ended(now, no_jitter);
  }
  reconnect line;
  steady_time now{1h};
};

TEST_F(Reconnect, IsNeitherUpNorDownAtFirst) {
  EXPECT_FALSE(line.is_up());
  EXPECT_FALSE(line.is_down());
  EXPECT_EQ(line.failures(), 0U);
}

TEST_F(Reconnect, WaitsLongerAfterEachAttemptThatBringsNothing) {
  EXPECT_NEAR(static_cast<double>(ends_after(1s).count()), 100, 1);
  EXPECT_NEAR(static_cast<double>(ends_after(1s).count()), 160, 1);
  EXPECT_NEAR(static_cast<double>(ends_after(1s).count()), 256, 1);
  EXPECT_EQ(line.failures(), 3U);
  EXPECT_TRUE(line.is_down());
}

TEST_F(Reconnect, CountsNoFailureWhereASessionIsLost) {
  line.up(now);
  EXPECT_TRUE(line.is_up());
  ends_after(1min);
  EXPECT_FALSE(line.is_up());
  EXPECT_TRUE(line.is_down());
  EXPECT_EQ(line.failures(), 0U);
}

TEST_F(Reconnect, IsNoLongerDownOnceItIsUp) {
  ends_after(1s);
  ends_after(1s);
  line.up(now);
  EXPECT_FALSE(line.is_down());
  EXPECT_EQ(line.failures(), 0U);
}

TEST_F(Reconnect, BeginsAnewAfterASessionThatLasted) {
  ends_after(1s);
  ends_after(1s);
  line.up(now);
  EXPECT_NEAR(static_cast<double>(ends_after(reconnect::good_session).count()), 100, 1);
}

TEST_F(Reconnect, GoesOnWaitingLongerWhereEachSessionEndsAtOnce) {
  std::chrono::milliseconds last{};
  for (int i = 0; i < 20; ++i) {
    line.up(now);
    const auto wait = ends_after(reconnect::good_session - 1ms);
    EXPECT_GE(wait, last);
    last = wait;
  }
  EXPECT_NEAR(static_cast<double>(last.count()), 10'000, 1);
}

}  // namespace
}  // namespace c2c::net
