#include "nonces/table.hpp"

#include <random>

#include <gtest/gtest.h>

namespace c2c::nonces {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds now{seconds(1'800'000'000)};

errc refusal(const result<void>& claimed) {
  return claimed ? errc{} : claimed.error().code;
}

TEST(ClaimTable, AKeyIsClaimedOnce) {
  claim_table table(10);
  EXPECT_TRUE(table.claim(5, now + seconds(31), now));
  EXPECT_EQ(refusal(table.claim(5, now + seconds(31), now)), errc::invalid_nonce);
  EXPECT_EQ(refusal(table.claim(5, now + seconds(31), now + seconds(30))), errc::invalid_nonce);
  EXPECT_EQ(table.entries(), 1U);
}

TEST(ClaimTable, TheKeyZeroIsAKeyLikeAnyOther) {
  claim_table table(10);
  EXPECT_TRUE(table.claim(0, now + seconds(31), now));
  EXPECT_EQ(table.entries(), 1U);
  EXPECT_EQ(refusal(table.claim(0, now + seconds(31), now)), errc::invalid_nonce);
  table.sweep(now + seconds(60));
  EXPECT_EQ(table.entries(), 0U);
}

TEST(ClaimTable, WhatHasExpiredOnArrivalIsRefused) {
  claim_table table(10);
  EXPECT_EQ(refusal(table.claim(5, now, now)), errc::invalid_nonce);
  EXPECT_EQ(refusal(table.claim(6, now - seconds(100), now)), errc::invalid_nonce);
  EXPECT_TRUE(table.claim(7, now + seconds(1), now));
  EXPECT_EQ(table.entries(), 1U);
}

TEST(ClaimTable, MoreThanTheMaximumIsRefusedUntilSomeExpire) {
  claim_table table(100);
  for (key k = 1; k <= 100; ++k) {
    ASSERT_TRUE(table.claim(k << 40U, now + seconds(31), now));
  }
  EXPECT_EQ(refusal(table.claim(1000, now + seconds(31), now)), errc::overloaded);
  EXPECT_EQ(table.entries(), 100U);
  EXPECT_TRUE(table.claim(1000, now + seconds(100), now + seconds(40)));
  EXPECT_EQ(table.entries(), 1U);
}

TEST(ClaimTable, MemoryComesBackOnceTheKeysHaveExpired) {
  claim_table table(100'000);
  std::mt19937_64 random(1);
  for (int i = 0; i < 50'000; ++i) {
    ASSERT_TRUE(table.claim(random(), now + seconds(random() % 30 + 1), now));
  }
  EXPECT_GT(table.bytes(), 50'000 * sizeof(key));
  table.sweep(now + seconds(30 + claim_table::period_seconds));
  EXPECT_EQ(table.entries(), 0U);
  EXPECT_LT(table.bytes(), 1000U);
}

TEST(ClaimTable, AClockThatStepsBackDoesNotMakeAUsedKeyGoodAgain) {
  claim_table table(10);
  const sys_seconds expires = now + seconds(31);
  ASSERT_TRUE(table.claim(5, expires, now));
  table.sweep(now + seconds(60));
  ASSERT_EQ(table.entries(), 0U);
  EXPECT_EQ(refusal(table.claim(5, expires, now)), errc::invalid_nonce);
}

TEST(ClaimTable, AClockThatHadBeenAnHourAheadDoesNotRefuseEverythingForAnHour) {
  claim_table table(10);
  ASSERT_TRUE(table.claim(5, now + seconds(3631), now + seconds(3600)));
  table.sweep(now + seconds(3700));
  EXPECT_TRUE(table.claim(6, now + seconds(31), now));
}

TEST(ClaimTable, KeysThatShareTheirHighBitsAreAllKept) {
  claim_table table(10'000);
  for (key k = 1; k <= 2000; ++k) {
    ASSERT_TRUE(table.claim(UINT64_MAX - k, now + seconds(31), now));
  }
  for (key k = 1; k <= 2000; ++k) {
    ASSERT_FALSE(table.claim(UINT64_MAX - k, now + seconds(31), now));
  }
}

}  // namespace
}  // namespace c2c::nonces
