#include "cluster/record_text.hpp"

#include <gtest/gtest.h>

namespace c2c::cluster {
namespace {

using call::phase;
using call::reason;
using call::record;
using call::state;

using namespace std::chrono_literals;

record sample() {
  record out{.iden = "Iden_1",
             .home = "k3",
             .owner = "alice \"a\"@d",
             .destination = "+34900",
             .server = "as1",
             .phase = phase::placed,
             .cancelled = true};
  out.live_until = wall_time(1'700'000'000'123ms);
  out.history.push_back({state::initiating, reason::none, wall_time(1ms)});
  out.history.push_back({state::calling_callee, reason::none, wall_time(2ms)});
  out.history.push_back({state::failed, reason::callee_busy, wall_time(3ms)});
  return out;
}

TEST(Record, ComesBackAsItWasWritten) {
  const auto back = decode(encode(sample()));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->iden, "Iden_1");
  EXPECT_EQ(back->home, "k3");
  EXPECT_EQ(back->owner, "alice \"a\"@d");
  EXPECT_EQ(back->destination, "+34900");
  EXPECT_EQ(back->server, "as1");
  EXPECT_EQ(back->phase, phase::placed);
  EXPECT_TRUE(back->cancelled);
  EXPECT_EQ(back->live_until, wall_time(1'700'000'000'123ms));
  ASSERT_EQ(back->history.size(), 3U);
  EXPECT_EQ(back->history[2].state, state::failed);
  EXPECT_EQ(back->history[2].reason, reason::callee_busy);
  EXPECT_EQ(back->history[2].at, wall_time(3ms));
}

TEST(Record, TheLongestOneHasAFewHundredBytesOnly) {
  record most = sample();
  most.iden = std::string(32, 'i');
  most.home = std::string(16, 'h');
  most.owner = std::string(255, 'o');
  most.destination = std::string(40, '1');
  most.server = std::string(255, 's');
  most.history.clear();
  for (const state each : {state::initiating, state::calling_caller, state::calling_callee, state::connected}) {
    most.history.push_back({each, reason::none, wall_time(1'700'000'000'123ms)});
  }
  most.history.push_back({state::disconnected, reason::caller_no_answer, wall_time(1'700'000'000'123ms)});
  EXPECT_LE(encode(most).size(), 2'048U);
  EXPECT_TRUE(decode(encode(most)));
}

TEST(Record, MembersOfANewerInstanceArePassedOver) {
  std::string text = encode(sample());
  text.insert(1, R"("more":[1,2],)");
  EXPECT_TRUE(decode(text));
}

class Spoilt : public testing::TestWithParam<std::pair<std::string_view, std::string_view>> {};

TEST_P(Spoilt, ARecordThatCannotBeIsRefused) {
  std::string text = encode(sample());
  const auto [from, to] = GetParam();
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, from.size(), to);
  EXPECT_FALSE(decode(text)) << text;
}

INSTANTIATE_TEST_SUITE_P(Record, Spoilt,
                         testing::Values(std::pair{R"("phase":"placed")", R"("phase":"lost")"},
                                         std::pair{R"("iden":"Iden_1")", R"("iden":1)"},
                                         std::pair{R"("cancelled":true)", R"("cancelled":"yes")"},
                                         std::pair{R"("owner")", R"("user")"},
                                         std::pair{R"("state":"initiating")", R"("state":"callingCallee")"},
                                         std::pair{R"("state":"callingCallee")", R"("state":"disconnected")"},
                                         std::pair{R"("reason":"calleeBusy")", R"("reason":"calleeBored")"},
                                         std::pair{R"("at":2)", R"("at":"2")"}, std::pair{"{", "["}));

TEST(Record, NothingAndTooMuchAreRefused) {
  EXPECT_FALSE(decode(""));
  EXPECT_FALSE(decode("[]"));
  EXPECT_FALSE(decode(R"({"told":[]})"));
  EXPECT_FALSE(decode("\"" + std::string(5'000, 'x') + "\""));
}

}  // namespace
}  // namespace c2c::cluster
