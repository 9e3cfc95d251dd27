#include "call/request.hpp"

#include <gtest/gtest.h>

#include "call/originate.hpp"

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
  const auto chosen = settings_for(asked, defaults);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->dial_timeout, defaults.dial_timeout);
  EXPECT_EQ(chosen->max_duration, defaults.max_duration);
  EXPECT_FALSE(chosen->optimize);
}

TEST(Settings, ADayIsTheMost) {
  request asked;
  asked.dial_timeout_s = 86'400;
  asked.max_duration_ms = 86'400'000;
  EXPECT_TRUE(settings_for(asked, {}));
  asked.dial_timeout_s = 86'401;
  EXPECT_EQ(settings_for(asked, {}).error().code, errc::invalid_dial_timeout);
  asked.dial_timeout_s = 1;
  asked.max_duration_ms = 86'400'001;
  EXPECT_EQ(settings_for(asked, {}).error().code, errc::invalid_max_duration);
  asked.max_duration_ms = INT64_MAX;
  EXPECT_EQ(settings_for(asked, {}).error().code, errc::invalid_max_duration);
}

order sample() {
  order what;
  what.iden = "Iden1";
  what.destination = "+34900000000";
  what.caller.endpoint = "b1c2t3_alice";
  what.caller.extension = "101";
  what.caller.brand_id = 1;
  what.caller.company_id = 2;
  what.how.dial_timeout = std::chrono::seconds(25);
  what.how.max_duration = std::chrono::milliseconds(9'000);
  return what;
}

TEST(Originate, IsTheReferencesActionToTheLetter) {
  const auto bytes = originate(sample()).encode("A-1");
  ASSERT_TRUE(bytes) << bytes.error().detail;
  for (const std::string_view line : {
           "Action: Originate\r\n",
           "ActionID: A-1\r\n",
           "Channel: Local/+34900000000@click2dial-user/n\r\n",
           "Exten: +34900000000\r\n",
           "Context: click2dial-target\r\n",
           "Priority: 1\r\n",
           "CallerID: 101\r\n",
           "Timeout: 25000\r\n",
           "Async: true\r\n",
           "ChannelId: Iden1\r\n",
           "OtherChannelId: Iden1-2\r\n",
           "Variable: C2DENDPOINT=b1c2t3_alice\r\nVariable: DIAL_DEF_OPTS=\r\nVariable: DIAL_OPTS=\r\n"
           "Variable: DIAL_TIMEOUT=25\r\nVariable: MAX_DURATION=9000\r\nVariable: ORIGINATE_EXTEN=101\r\n"
           "Variable: __BRANDID=1\r\nVariable: __CLICK2DIALIDEN=Iden1\r\nVariable: __COMPANYID=2\r\n",
       }) {
    EXPECT_NE(bytes->find(line), std::string::npos) << line;
  }
  EXPECT_TRUE(bytes->ends_with("\r\n\r\n"));
}

TEST(Originate, OptimizeDropsTheN) {
  order what = sample();
  what.how.optimize = true;
  EXPECT_NE(originate(what).encode("1")->find("Channel: Local/+34900000000@click2dial-user\r\n"), std::string::npos);
}

TEST(Originate, RefusesADirectorysValueThatWouldBreakTheLine) {
  for (const std::string_view bad : {"101\r\nAction: Command", "101,X=1", "101\n"}) {
    order what = sample();
    what.caller.extension = bad;
    const auto bytes = originate(what).encode("1");
    ASSERT_FALSE(bytes) << bad;
    EXPECT_EQ(bytes.error().code, errc::malformed);
  }
}

}  // namespace
}  // namespace c2c::call
