#include "client/progress.hpp"

#include <gtest/gtest.h>

namespace c2c::client {

TEST(Snapshot, IsWhatTheServiceTold) {
  const auto told =
      parse_snapshot(R"({"iden":"x","state":"disconnected","reason":"hangUp","startedAt":"2026-11-22T22:42:10.000Z",)"
                     R"("connectedAt":"2026-11-22T22:42:13.100Z","endedAt":"2026-11-22T22:43:13.600Z"})");
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->state, call_state::disconnected);
  EXPECT_EQ(told->reason, end_reason::hang_up);
  EXPECT_TRUE(told->over());
  EXPECT_EQ(told->talked(), std::chrono::milliseconds(60'500));
  EXPECT_TRUE(told->json.starts_with(R"({"iden":"x","state")"));
}

TEST(Snapshot, OfACallThatGoesOnHasNoReason) {
  const auto told = parse_snapshot("{\n\"state\": \"callingCallee\"\n}");
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->state, call_state::calling_callee);
  EXPECT_EQ(told->reason, end_reason::none);
  EXPECT_FALSE(told->over());
  EXPECT_FALSE(told->talked().has_value());
  EXPECT_EQ(told->json, R"({"state":"callingCallee"})") << "one line, whatever came";
}

TEST(Snapshot, KnowsEveryStateAndReasonByItsNameOnTheWire) {
  for (int i = 1; i <= static_cast<int>(call_state::failed); ++i) {
    const auto state = static_cast<call_state>(i);
    const auto told = parse_snapshot(R"({"state":")" + std::string(call::to_string(state)) + R"("})");
    ASSERT_TRUE(told.has_value()) << i;
    EXPECT_EQ(told->state, state);
  }
  for (int i = 1; i <= static_cast<int>(end_reason::other); ++i) {
    const auto reason = static_cast<end_reason>(i);
    EXPECT_FALSE(call::to_string(reason).empty());
    EXPECT_EQ(
        parse_snapshot(R"({"state":"failed","reason":")" + std::string(call::to_string(reason)) + R"("})")->reason,
        reason);
  }
}

TEST(Snapshot, OfAnUnknownOrMissingReasonEndedForAnother) {
  EXPECT_EQ(parse_snapshot(R"({"state":"failed","reason":"solarFlare"})")->reason, end_reason::other);
  EXPECT_EQ(parse_snapshot(R"({"state":"failed"})")->reason, end_reason::other);
}

TEST(Snapshot, IsNothingElse) {
  for (const char* text : {"", "x", "[]", "{}", R"({"state":1})", R"({"state":"other"})", R"({"state":"failed"} x)"}) {
    EXPECT_FALSE(parse_snapshot(text).has_value()) << text;
  }
}

TEST(Time, IsReadToTheMillisecond) {
  EXPECT_EQ(parse_time("1970-01-02T00:00:01.002Z")->time_since_epoch(), std::chrono::milliseconds(86'401'002));
  for (const char* text : {"", "1970-01-02T00:00:01Z", "1970-13-02T00:00:01.002Z", "1970-02-30T00:00:01.002Z",
                           "1970-01-02T24:00:01.002Z", "1970-01-02T00:00:01.002", "1970-01-02 00:00:01.002Z",
                           "1970-01-02T00:00:01.002Z ", "+970-01-02T00:00:01.002Z", "1970-01-02T00:00:0-.002Z"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

}  // namespace c2c::client
