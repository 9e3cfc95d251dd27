#include "auth/throttle_report.hpp"

#include <gtest/gtest.h>

namespace c2c::auth {
namespace {

std::vector<report_entry> read(std::string_view report) {
  const auto got = read_report(report);
  EXPECT_TRUE(got);
  return got.value_or(std::vector<report_entry>());
}

TEST(ThrottleReport, TellsWhatWasCountedOnce) {
  throttle_report report;
  report.add(counted::wrong, 0x0102030405060708U);
  report.add(counted::wrong, 0x0102030405060708U);
  report.add(counted::request, 9);
  const auto told = read(report.take());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, counted::request);
  EXPECT_EQ(told[0].key, 9U);
  EXPECT_EQ(told[0].times, 1U);
  EXPECT_EQ(told[1].kind, counted::wrong);
  EXPECT_EQ(told[1].key, 0x0102030405060708U);
  EXPECT_EQ(told[1].times, 2U);
  EXPECT_TRUE(report.take().empty());
}

TEST(ThrottleReport, ARightDigestMakesAnEndOfTheWrongOnesBeforeItAndNotOfThoseAfter) {
  throttle_report report;
  report.add(counted::wrong, 1);
  report.add(counted::wrong, 1);
  report.add(counted::right, 1);
  report.add(counted::wrong, 1);
  const auto told = read(report.take());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, counted::right);
  EXPECT_EQ(told[1].kind, counted::wrong);
  EXPECT_EQ(told[1].times, 1U);
}

TEST(ThrottleReport, AFloodOfAddressesLeavesRoomForWhatMatters) {
  throttle_report report;
  for (std::uint64_t key = 0; key < 100'000; ++key) {
    report.add(counted::request, key);
  }
  report.add(counted::wrong, 1);
  report.add(counted::call, 1);
  const std::string text = report.take();
  EXPECT_LE(text.size(), 11'265U);
  const auto told = read(text);
  EXPECT_EQ(told.size(), throttle_report::most_requests + 2);
  EXPECT_EQ(told.back().kind, counted::wrong);
  for (std::uint64_t key = 0; key < 100'000; ++key) {
    report.add(counted::wrong, key);
  }
  EXPECT_EQ(read(report.take()).size(), throttle_report::most_entries);
}

TEST(ThrottleReport, ManyTimesAreAsManyAsCanBeSaid) {
  throttle_report report;
  for (int i = 0; i < 70'000; ++i) {
    report.add(counted::call, 1);
  }
  EXPECT_EQ(read(report.take()).front().times, 65'535U);
}

TEST(ThrottleReport, WhatIsNoReportIsRefused) {
  throttle_report report;
  report.add(counted::call, 1);
  const std::string good = report.take();
  EXPECT_FALSE(read_report(""));
  EXPECT_FALSE(read_report("\x02" + good.substr(1)));
  EXPECT_FALSE(read_report(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(read_report(good + "x"));
  std::string strange = good;
  strange[1] = 0;
  EXPECT_FALSE(read_report(strange));
  strange[1] = 7;
  EXPECT_FALSE(read_report(strange));
  std::string never = good;
  never[9 + 1] = 0;
  EXPECT_FALSE(read_report(never)) << "what was not counted is not told";
  std::string long_one(1, good[0]);
  for (int i = 0; i < 1'025; ++i) {
    long_one += good.substr(1);
  }
  EXPECT_FALSE(read_report(long_one));
}

}  // namespace
}  // namespace c2c::auth
