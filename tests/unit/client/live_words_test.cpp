#include "client/live_words.hpp"

#include <gtest/gtest.h>

namespace c2c::client {
namespace {

using namespace std::chrono_literals;

snapshot over(call_state state, end_reason reason) {
  return {.state = state, .reason = reason, .connected = {}, .ended = {}, .json = {}};
}

context about() {
  return {.destination = "+34900000000", .iden = "i", .aor = {}, .where = parse_url("http://h").value()};
}

TEST(LiveWords, TimeIsToldAsAClockDoes) {
  EXPECT_EQ(clock_text(0s), "00:00");
  EXPECT_EQ(clock_text(72s), "01:12");
  EXPECT_EQ(clock_text(3'723s), "1:02:03");
  EXPECT_EQ(clock_text(-5s), "00:00") << "two clocks need not agree";
}

TEST(LiveWords, SaysWhatGoesOn) {
  snapshot now{.state = call_state::calling_caller};
  EXPECT_EQ(describe(now, "1", 0s), "Your phone rings.");
  now.state = call_state::calling_callee;
  EXPECT_EQ(describe(now, "1", 0s), "Calling 1.");
  now.state = call_state::connected;
  EXPECT_EQ(describe(now, "1", 12s), "Connected 00:12.");
}

TEST(LiveWords, SaysHowLongWasTalked) {
  snapshot last = over(call_state::disconnected, end_reason::hang_up);
  last.connected = parse_time("2026-11-22T22:00:00.000Z");
  last.ended = parse_time("2026-11-22T22:01:12.400Z");
  EXPECT_EQ(describe(last, "1", 0s), "Ended after 01:12.");
}

TEST(LiveWords, EachEndHasItsExitCode) {
  const std::initializer_list<std::pair<end_reason, exit_code>> failures{
      {end_reason::caller_busy, exit_code::busy},           {end_reason::callee_busy, exit_code::busy},
      {end_reason::caller_no_answer, exit_code::no_answer}, {end_reason::callee_no_answer, exit_code::no_answer},
      {end_reason::caller_failure, exit_code::call_failed}, {end_reason::callee_failure, exit_code::call_failed},
      {end_reason::caller_abandon, exit_code::cancelled},   {end_reason::other, exit_code::call_failed}};
  for (const auto& [why, code] : failures) {
    EXPECT_EQ(describe(end_of_call(over(call_state::failed, why)), about()).code, code) << call::to_string(why);
  }
  EXPECT_EQ(describe(end_of_call(over(call_state::disconnected, end_reason::hang_up)), about()).code,
            exit_code::placed);
  EXPECT_EQ(describe(end_of_call(over(call_state::disconnected, end_reason::other)), about()).code,
            exit_code::call_failed);
}

TEST(LiveWords, ASentenceMayBeginWithWhatStandsForTheNumber) {
  EXPECT_EQ(describe(over(call_state::failed, end_reason::callee_no_answer), "the number", 0s),
            "The number did not answer.");
}

TEST(LiveWords, ACallThatTheServiceDoesNotKnowIsToldApartFromAServiceThatIsNone) {
  refused it{.at = step::call, .status = 404, .error = "unknown call", .retry_after = {}, .location = {}};
  EXPECT_NE(describe_unknown(it, about()).text.find("does not know the call i"), std::string::npos);
  it.error = "not found";
  EXPECT_NE(describe_unknown(it, about()).text.find("There is no click2call service"), std::string::npos);
  it.status = 401;
  EXPECT_EQ(describe_unknown(it, about()).code, exit_code::unauthorised);
}

TEST(LiveWords, ACallThatMayGoOnIsToldOfWithTheWayToEndIt) {
  context here = about();
  here.end_it = "click2call hangup i";
  const std::initializer_list<std::pair<end_of_call, exit_code>> all{
      {refused{.at = step::call, .status = 503, .error = "service\x1b unavailable"}, exit_code::backend},
      {refused{.at = step::call, .status = 429, .error = {}}, exit_code::later},
      {refused{.at = step::call, .status = 202, .error = {}}, exit_code::backend},
      {refused{.at = step::call, .status = 405, .error = {}}, exit_code::failed},
      {failed{.at = step::call, .why = {.kind = trouble_kind::timed_out, .detail = {}, .sent = true}},
       exit_code::unreachable}};
  for (const auto& [end, code] : all) {
    const report said = describe(end, here);
    EXPECT_EQ(said.code, code) << said.text;
    EXPECT_TRUE(said.text.starts_with("The call may go on")) << said.text;
    EXPECT_TRUE(said.text.ends_with("To end it: click2call hangup i")) << said.text;
    EXPECT_FALSE(said.text.contains('\x1b'));
    EXPECT_TRUE(describe(end, about()).text.contains("hang up your phone")) << "where there is no ticket";
  }
  const refused ticket{.at = step::call, .status = 401, .error = "invalid ticket"};
  EXPECT_TRUE(describe(end_of_call(ticket), here).text.contains("The call may go on"));
}

TEST(LiveWords, ACallThatWasHungUpIsOverThoughNobodyTellsHow) {
  EXPECT_EQ(describe(end_of_call(over_unseen{.connected = true}), about()).code, exit_code::placed);
  EXPECT_EQ(describe(end_of_call(over_unseen{.connected = false}), about()).code, exit_code::cancelled);
}

TEST(LiveWords, TheLastLineOfJsonSaysHowItEnded) {
  const end_of_call end = over(call_state::failed, end_reason::callee_busy);
  EXPECT_EQ(to_json(end, about(), describe(end, about())),
            R"({"ended":true,"state":"failed","reason":"calleeBusy","text":"+34900000000 was busy, or declined.",)"
            R"("exit":7,"iden":"i"})");
}

}  // namespace
}  // namespace c2c::client
