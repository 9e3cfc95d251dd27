#include "net/backoff.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace c2c::net {
namespace {

constexpr std::uint32_t middle = UINT32_MAX / 2;

TEST(Backoff, GrowsByOnePointSixFromATenthOfASecond) {
  backoff wait;
  EXPECT_NEAR(static_cast<double>(wait.next(middle).count()), 100, 1);
  EXPECT_NEAR(static_cast<double>(wait.next(middle).count()), 160, 1);
  EXPECT_NEAR(static_cast<double>(wait.next(middle).count()), 256, 1);
}

TEST(Backoff, JitterStaysWithinAFifthAndNeverPassesTenSeconds) {
  backoff low;
  backoff high;
  for (int i = 0; i < 40; ++i) {
    const auto least = low.next(0).count();
    const auto most = high.next(UINT32_MAX).count();
    EXPECT_LE(most, 10'000);
    EXPECT_GE(least, 79);
    EXPECT_LT(least, most);
  }
}

TEST(Backoff, AResetStartsOver) {
  backoff wait;
  for (int i = 0; i < 5; ++i) {
    wait.next(middle);
  }
  EXPECT_EQ(wait.failures(), 5U);
  wait.reset();
  EXPECT_EQ(wait.failures(), 0U);
  EXPECT_NEAR(static_cast<double>(wait.next(middle).count()), 100, 1);
}

}  // namespace
}  // namespace c2c::net
