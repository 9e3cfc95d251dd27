#include "auth/rate_table.hpp"

#include <random>

#include <gtest/gtest.h>

namespace c2c::auth {
namespace {

using namespace std::chrono_literals;

const steady_time epoch{1h};

TEST(RateTable, AllowsABurstAndThenOneInEachInterval) {
  rate_table table(8, {.burst = 3, .every = 10s});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(table.take(1, epoch), 0s) << i;
  }
  EXPECT_EQ(table.take(1, epoch), 10s);
  EXPECT_EQ(table.take(1, epoch + 4s), 6s);
  EXPECT_EQ(table.take(1, epoch + 10s), 0s);
  EXPECT_EQ(table.take(1, epoch + 10s), 10s);
}

TEST(RateTable, ARefusedAttemptCostsNothing) {
  rate_table table(8, {.burst = 1, .every = 10s});
  EXPECT_EQ(table.take(1, epoch), 0s);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_GT(table.take(1, epoch + 9s), 0s);
  }
  EXPECT_EQ(table.take(1, epoch + 10s), 0s);
}

TEST(RateTable, ABucketIsNeverMoreThanFull) {
  rate_table table(8, {.burst = 2, .every = 1s});
  EXPECT_EQ(table.take(1, epoch), 0s);
  const steady_time later = epoch + 1h;
  EXPECT_EQ(table.take(1, later), 0s);
  EXPECT_EQ(table.take(1, later), 0s);
  EXPECT_EQ(table.take(1, later), 1s);
}

TEST(RateTable, KeysDoNotShareTokens) {
  rate_table table(1'024, {.burst = 1, .every = 1s});
  for (std::uint64_t key = 0; key < 100; ++key) {
    EXPECT_EQ(table.take(key, epoch), 0s);
    EXPECT_GT(table.take(key, epoch), 0s);
  }
}

TEST(RateTable, SoManyAnHourAreSoManyAtOnceAndThenSpreadOut) {
  rate_table table(8, at_most(60, 1h));
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(table.take(1, epoch), 0s);
  }
  EXPECT_EQ(table.take(1, epoch), 1min);
}

TEST(RateTable, NoLimitTakesNoMemory) {
  rate_table table(1'000'000, {});
  EXPECT_EQ(table.take(1, epoch), 0s);
  EXPECT_EQ(table.bytes(), 0U);
}

TEST(RateTable, AFloodOfNewKeysTakesNoMemoryAndForgetsTheMostExhaustedLast) {
  rate_table table(1'024, {.burst = 10, .every = 1min});
  const std::size_t before = table.bytes();
  EXPECT_EQ(before, 1'024U * 16);
  for (int i = 0; i < 10; ++i) {
    table.take(7, epoch);
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    table.take(random(), epoch);
  }
  EXPECT_EQ(table.bytes(), before);
  EXPECT_GT(table.take(7, epoch), 0s) << "the flood must not have washed away who is over the limit";
}

TEST(RateTable, CountsTheBucketsThatAreNotFullAndThoseThatMadeRoom) {
  rate_table table(8, {.burst = 3, .every = 10s});
  EXPECT_EQ(table.most(), 8U);
  EXPECT_EQ(table.held(epoch), 0U);
  for (std::uint64_t key = 1; key <= 8; ++key) {
    table.take(key, epoch);
  }
  EXPECT_EQ(table.held(epoch), 8U);
  EXPECT_EQ(table.forgotten(), 0U);
  table.take(9, epoch);
  EXPECT_EQ(table.held(epoch), 8U);
  EXPECT_EQ(table.forgotten(), 1U);
  EXPECT_EQ(table.held(epoch + 10s), 0U);
  table.take(10, epoch + 10s);
  EXPECT_EQ(table.held(epoch + 10s), 1U);
  EXPECT_EQ(table.forgotten(), 1U) << "a full bucket is none to forget";
}

TEST(RateTable, TokensTakenElsewhereAreMissingHere) {
  rate_table table(8, {.burst = 3, .every = 10s});
  table.charge(1, 2, epoch);
  EXPECT_EQ(table.take(1, epoch), 0s);
  EXPECT_EQ(table.take(1, epoch), 10s);
  EXPECT_EQ(table.take(2, epoch), 0s);
}

TEST(RateTable, AChargeNeverTakesMoreThanThereIs) {
  rate_table table(8, {.burst = 3, .every = 10s});
  table.take(1, epoch);
  table.charge(1, 4'000'000'000U, epoch);
  table.charge(1, 1, epoch);
  EXPECT_EQ(table.take(1, epoch), 10s);
  EXPECT_EQ(table.take(1, epoch + 10s), 0s);
}

TEST(RateTable, AChargeWithoutALimitIsNothing) {
  rate_table table(8, {});
  table.charge(1, 100, epoch);
  EXPECT_EQ(table.take(1, epoch), 0s);
}

}  // namespace
}  // namespace c2c::auth
