#include "call/request.hpp"

#include <gtest/gtest.h>

namespace c2c::call {
namespace {

TEST(Destination, IsOneToFortyOfDigitsPlusAndStar) {
  EXPECT_TRUE(valid_destination("+34900000000"));
  EXPECT_TRUE(valid_destination("*97"));
  EXPECT_TRUE(valid_destination(std::string(40, '1')));
  EXPECT_FALSE(valid_destination(""));
  EXPECT_FALSE(valid_destination(std::string(41, '1')));
  for (const std::string_view bad :
       {"12 34", "12&34", "12\n", "12\r\nAction: x", "abc", "#31", "12,3", "1-2", "\xd9\xa1"}) {
    EXPECT_FALSE(valid_destination(bad)) << bad;
  }
  EXPECT_FALSE(valid_destination(std::string_view("12\0", 3)));
}

TEST(Iden, IsOneToThirtyTwoOfTheAlphabet) {
  EXPECT_TRUE(valid_iden("aZ0_-"));
  EXPECT_TRUE(valid_iden(std::string(32, 'x')));
  EXPECT_FALSE(valid_iden(""));
  EXPECT_FALSE(valid_iden(std::string(33, 'x')));
  for (const std::string_view bad : {"a.b", "/x/", "a b", "a\n", "\xc3\xa9"}) {
    EXPECT_FALSE(valid_iden(bad)) << bad;
  }
}

TEST(Settings, ZeroAndLessTakeTheDefault) {
  const settings defaults;
  request asked;
  asked.dial_timeout_s = 0;
  asked.max_duration_ms = -5;
  const auto chosen = settings_for(asked, defaults, {});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->dial_timeout, defaults.dial_timeout);
  EXPECT_EQ(chosen->max_duration, defaults.max_duration);
  EXPECT_FALSE(chosen->optimize);
}

TEST(Settings, ADayIsTheMost) {
  request asked;
  asked.dial_timeout_s = 86'400;
  asked.max_duration_ms = 86'400'000;
  EXPECT_TRUE(settings_for(asked, {}, {}));
  asked.dial_timeout_s = 86'401;
  EXPECT_EQ(settings_for(asked, {}, {}).error().code, errc::invalid_dial_timeout);
  asked.dial_timeout_s = 1;
  asked.max_duration_ms = 86'400'001;
  EXPECT_EQ(settings_for(asked, {}, {}).error().code, errc::invalid_max_duration);
  asked.max_duration_ms = INT64_MAX;
  EXPECT_EQ(settings_for(asked, {}, {}).error().code, errc::invalid_max_duration);
}

TEST(Settings, WhatIsAskedForBeyondTheOperatorsCeilingsIsHeldToThem) {
  const ceilings most{.dial_timeout = std::chrono::seconds(60), .max_duration = std::chrono::hours(1)};
  request asked;
  asked.dial_timeout_s = 61;
  asked.max_duration_ms = 3'600'001;
  EXPECT_EQ(settings_for(asked, {}, most)->dial_timeout, most.dial_timeout);
  EXPECT_EQ(settings_for(asked, {}, most)->max_duration, most.max_duration);
  asked.dial_timeout_s = 59;
  asked.max_duration_ms = 3'599'999;
  EXPECT_EQ(settings_for(asked, {}, most)->dial_timeout, std::chrono::seconds(59));
  EXPECT_EQ(settings_for(asked, {}, most)->max_duration, std::chrono::milliseconds(3'599'999));
  asked.dial_timeout_s = 86'401;
  EXPECT_EQ(settings_for(asked, {}, most).error().code, errc::invalid_dial_timeout) << "as without ceilings";
}

}  // namespace
}  // namespace c2c::call
