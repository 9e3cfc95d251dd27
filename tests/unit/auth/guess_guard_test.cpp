#include "auth/guess_guard.hpp"

#include <random>

#include <gtest/gtest.h>

namespace c2c::auth {
namespace {

using namespace std::chrono_literals;

const steady_time start{1h};
constexpr std::uint64_t guesser = 7;

class GuessGuard : public ::testing::Test {
 protected:
  void fail(unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      guard.failed(guesser, now);
    }
  }
  guess_guard guard{1'024, {.free_failures = 3, .first_wait = 1s, .longest_wait = 10s, .forget_after = 1h}};
  steady_time now = start;
};

TEST_F(GuessGuard, AFewMistakesCostNothing) {
  EXPECT_EQ(guard.wait(guesser, now), 0s);
  fail(2);
  EXPECT_EQ(guard.wait(guesser, now), 0s);
}

TEST_F(GuessGuard, EachFurtherOneDoublesTheWaitUpToTheLongest) {
  fail(3);
  EXPECT_EQ(guard.wait(guesser, now), 1s);
  fail(1);
  EXPECT_EQ(guard.wait(guesser, now), 2s);
  fail(2);
  EXPECT_EQ(guard.wait(guesser, now), 8s);
  fail(100);
  EXPECT_EQ(guard.wait(guesser, now), 10s);
  EXPECT_EQ(guard.wait(guesser, now + 9s), 1s);
  EXPECT_EQ(guard.wait(guesser, now + 10s), 0s);
}

TEST_F(GuessGuard, ARightDigestWipesTheSlate) {
  fail(10);
  guard.succeeded(guesser);
  EXPECT_EQ(guard.wait(guesser, now), 0s);
  fail(2);
  EXPECT_EQ(guard.wait(guesser, now), 0s);
}

TEST_F(GuessGuard, ManyFailuresAtOnceAreAsManyOneByOneAndNoneIsNone) {
  guard.failed(guesser, now, 0);
  guard.failed(guesser, now, 5);
  EXPECT_EQ(guard.wait(guesser, now), 4s);
  guard.failed(guesser, now, 4'294'967'295U);
  EXPECT_EQ(guard.wait(guesser, now), 10s) << "a full count does not start again";
}

TEST_F(GuessGuard, SaysWhetherThereWasAnythingToForget) {
  EXPECT_FALSE(guard.succeeded(guesser));
  fail(1);
  EXPECT_TRUE(guard.succeeded(guesser));
  EXPECT_FALSE(guard.succeeded(guesser));
}

TEST_F(GuessGuard, AnotherPairIsNotConcerned) {
  fail(100);
  EXPECT_EQ(guard.wait(guesser + 1, now), 0s);
  EXPECT_EQ(guard.wait(guesser + 1'024, now), 0s) << "not even in the same place";
}

TEST_F(GuessGuard, AnHourWithoutAFailureIsForgiven) {
  fail(100);
  now += 1h;
  fail(1);
  EXPECT_EQ(guard.wait(guesser, now), 0s);
}

TEST_F(GuessGuard, AFloodOfOthersNeitherGrowsNorForgetsTheGuesser) {
  const std::size_t before = guard.bytes();
  fail(100);
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    guard.failed(random(), now);
  }
  EXPECT_EQ(guard.wait(guesser, now), 10s);
  EXPECT_EQ(guard.bytes(), before);
}

TEST_F(GuessGuard, CountsThePairsThatHaveFailedAndThoseThatMadeRoom) {
  guess_guard small(8, {.free_failures = 3, .forget_after = 1h});
  EXPECT_EQ(small.most(), 8U);
  EXPECT_EQ(small.held(now), 0U);
  for (std::uint64_t pair = 1; pair <= 9; ++pair) {
    small.failed(pair, now);
  }
  EXPECT_EQ(small.held(now), 8U);
  EXPECT_EQ(small.forgotten(), 1U);
  small.succeeded(9);
  EXPECT_EQ(small.held(now), 7U);
  now += 1h;
  EXPECT_EQ(small.held(now), 0U);
  small.failed(10, now);
  EXPECT_EQ(small.held(now), 1U);
  EXPECT_EQ(small.forgotten(), 1U) << "whose time was over is none to forget";
}

TEST_F(GuessGuard, NoLimitTakesNoMemory) {
  guess_guard none(1'000'000, {.free_failures = 0});
  none.failed(guesser, now);
  EXPECT_EQ(none.wait(guesser, now), 0s);
  EXPECT_EQ(none.bytes(), 0U);
}

}  // namespace
}  // namespace c2c::auth
