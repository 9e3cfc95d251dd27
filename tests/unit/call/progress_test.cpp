#include "call/progress.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "asterisk/translate.hpp"
#include "base/ascii.hpp"
#include "support/call_events.hpp"

namespace c2c::call {
namespace {

class Progress : public ::testing::Test {
 protected:
  void tell(const std::string& event) {
    told.push_back(event);
    const asterisk::message message(event);
    if (const auto translated = asterisk::translate(message)) {
      call.apply(*translated);
    }
  }
  void begin() {
    tell(say.local_up(false));
    tell(say.local_up(true));
    tell(say.originate_dials());
    tell(say.newchannel("n1"));
    tell(say.dial_begin(1, "n1"));
  }
  void answer_caller() {
    tell(say.dial_end(1, "ANSWER"));
    tell(say.bridge_enter("n1", "b1", 1));
    tell(say.bridge_enter("Iden-2", "b1", 2));
    tell(say.originate_response("a", true));
  }
  void dial_callee() {
    tell(say.newchannel("n2"));
    tell(say.dial_begin(2, "n2"));
  }
  void hang_up_all() {
    for (const std::string_view id : {"n2", "Iden", "Iden-2", "n1"}) {
      tell(say.hangup(id));
    }
  }

  test::call_events say{"Iden"};
  std::vector<std::string> told;
  progress call;
};

TEST_F(Progress, TheOriginatesOwnDialIsNotTheTerminals) {
  tell(say.local_up(false));
  tell(say.local_up(true));
  tell(say.originate_dials());
  EXPECT_TRUE(call.exists());
  EXPECT_FALSE(call.caller_dialled());
  EXPECT_EQ(call.now(), state::initiating);
  tell(say.dial_begin(1, "n1"));
  EXPECT_TRUE(call.caller_dialled());
  EXPECT_EQ(call.now(), state::calling_caller);
}

TEST_F(Progress, ACallThatBothAnswerIsConnectedAndThenDisconnected) {
  begin();
  answer_caller();
  EXPECT_EQ(call.now(), state::calling_callee) << "the caller's own bridge connects nobody";
  dial_callee();
  EXPECT_EQ(call.now(), state::calling_callee);
  tell(say.dial_end(2, "ANSWER"));
  tell(say.bridge_enter("n2", "b2", 1));
  tell(say.bridge_enter("Iden", "b2", 2));
  EXPECT_EQ(call.now(), state::connected);
  hang_up_all();
  EXPECT_EQ(call.now(), state::disconnected);
  EXPECT_EQ(call.why(), reason::hang_up);
  EXPECT_FALSE(call.exists());
}

TEST_F(Progress, AFailedOriginateThatOvertakesItsEventsEndsNothing) {
  tell(say.originate_response("a", false));
  EXPECT_TRUE(call.order_failed());
  EXPECT_FALSE(call.over());
  begin();
  EXPECT_TRUE(call.caller_dialled());
  tell(say.dial_end(1, "BUSY"));
  hang_up_all();
  EXPECT_EQ(call.why(), reason::caller_busy);
}

TEST_F(Progress, ABusyTerminalAndOneThatAnsweredWereDialledHoweverLateTheEventsAre) {
  tell("Event: OriginateResponse\r\nResponse: Failure\r\nReason: 5\r\nUniqueid: Iden\r\n");
  EXPECT_TRUE(call.caller_dialled());
  call = progress();
  tell(say.originate_response("a", true));
  EXPECT_TRUE(call.caller_dialled());
  call = progress();
  tell("Event: OriginateResponse\r\nResponse: Failure\r\nReason: 8\r\nUniqueid: Iden\r\n");
  EXPECT_FALSE(call.caller_dialled());
}

TEST_F(Progress, ComparesIdsIgnoringCase) {
  test::call_events shout{"IDEN"};
  tell(shout.local_up(false));
  tell(shout.dial_begin(1, "n1"));
  EXPECT_TRUE(call.caller_dialled());
  tell(say.hangup("iden"));
  EXPECT_TRUE(call.over());
}

TEST_F(Progress, IsLostWithItsSession) {
  begin();
  call.lose();
  EXPECT_EQ(call.now(), state::failed);
  EXPECT_EQ(call.why(), reason::other);
  call.cancel();
  call.lose();
  EXPECT_EQ(call.why(), reason::other) << "what is over stays as it is";
}

TEST_F(Progress, ACancelledCallWasAbandonedHoweverItsLegsEnd) {
  for (const std::string_view status : {"CANCEL", "NOANSWER", "BUSY", "CHANUNAVAIL"}) {
    call = progress();
    begin();
    call.cancel();
    tell(say.dial_end(1, status));
    hang_up_all();
    EXPECT_EQ(call.now(), state::failed) << status;
    EXPECT_EQ(call.why(), reason::caller_abandon) << status;
  }
}

TEST_F(Progress, OfSeveralPhonesOfTheCallersOneAnswerIsEnough) {
  begin();
  tell(say.dial_begin(1, "n1b"));
  tell(say.dial_end(1, "BUSY", "n1b"));
  EXPECT_EQ(call.now(), state::calling_caller);
  tell(say.dial_end(1, "ANSWER", "n1"));
  tell(say.dial_end(1, "CANCEL", "n1b"));
  tell(say.hangup("Iden-2"));
  hang_up_all();
  EXPECT_EQ(call.why(), reason::caller_abandon) << "and not that a phone was busy";
}

TEST_F(Progress, OfSeveralRoutesToTheDestinationTheLastSaysWhy) {
  begin();
  answer_caller();
  dial_callee();
  tell(say.dial_end(2, "CONGESTION", "n2"));
  tell(say.dial_begin(2, "n3"));
  tell(say.dial_end(2, "BUSY", "n3"));
  hang_up_all();
  EXPECT_EQ(call.why(), reason::callee_busy);
}

TEST_F(Progress, ADestinationThatIsForwardedIsTheOneThatCounts) {
  begin();
  answer_caller();
  dial_callee();
  tell(say.newchannel("f1"));
  tell(say.newchannel("f2"));
  tell(say.dial_end(2, "CANCEL", "n2"));
  tell(say.dial_begin(2, "f1"));
  tell(say.hangup("n2", 23, "302"));
  tell(say.dial_end(2, "NOANSWER", "f1"));
  tell(say.hangup("f2", 1));
  tell(say.hangup("f1", 1));
  hang_up_all();
  EXPECT_EQ(call.why(), reason::callee_failure);
}

TEST_F(Progress, TheOriginatesOutcomeMayBeToldAtAnyTime) {
  begin();
  tell(say.dial_end(1, "NOANSWER"));
  tell(say.hangup("n1", 21, "603"));
  hang_up_all();
  const auto declined = std::exchange(told, {});
  begin();
  tell(say.dial_end(1, "ANSWER"));
  dial_callee();
  tell(say.dial_end(2, "NOANSWER"));
  hang_up_all();
  const auto silent = std::exchange(told, {});
  for (const auto& [events, success, why] :
       {std::tuple(declined, false, reason::caller_busy), std::tuple(silent, true, reason::callee_no_answer)}) {
    for (std::size_t place = 0; place < events.size(); ++place) {
      call = progress();
      for (std::size_t next = 0; next < events.size(); ++next) {
        if (next == place) {
          tell(say.originate_response("a", success));
        }
        tell(events[next]);
      }
      EXPECT_EQ(call.now(), state::failed) << "before event " << place;
      EXPECT_EQ(call.why(), why) << "before event " << place;
    }
  }
}

TEST_F(Progress, IsConnectedWhicheverOfTheTwoEntersTheBridgeLast) {
  for (const bool callee_first : {true, false}) {
    call = progress();
    begin();
    answer_caller();
    dial_callee();
    tell(say.bridge_enter(callee_first ? "n2" : "Iden", "b2", 1));
    EXPECT_EQ(call.now(), state::calling_callee);
    tell(say.bridge_enter(callee_first ? "Iden" : "n2", "b2", 2));
    EXPECT_EQ(call.now(), state::connected);
  }
}

TEST_F(Progress, ADestinationThatIsNeverDialledFailsUnlessTheCallerGaveUpInWhateverOrderTheChannelsEnd) {
  std::vector<std::string_view> channels{"Iden", "Iden-2", "n1"};
  do {
    for (const auto& [asked, cause, why] :
         {std::tuple("Iden-2", 20, reason::callee_failure), std::tuple("Iden-2", 16, reason::callee_failure),
          std::tuple("n1", 16, reason::caller_abandon)}) {
      call = progress();
      begin();
      answer_caller();
      tell(say.hangup_request(asked));
      for (const std::string_view id : channels) {
        tell(say.hangup(id, id == "Iden" ? cause : 16));
      }
      EXPECT_EQ(call.why(), why) << asked << ' ' << cause << ' ' << channels.front();
    }
  } while (std::ranges::next_permutation(channels).found);
}

TEST_F(Progress, ACallThatIsOptimisedIsConnectedUntilBothLegsEnd) {
  begin();
  answer_caller();
  dial_callee();
  tell(say.dial_end(2, "ANSWER"));
  tell(say.bridge_enter("n2", "b2", 1));
  tell(say.bridge_enter("Iden", "b2", 2));
  EXPECT_EQ(call.channel_to_end(), "iden");
  tell(say.bridge_enter("n1", "b2", 3));
  tell(say.hangup("Iden"));
  tell(say.hangup("Iden-2"));
  EXPECT_EQ(call.now(), state::connected);
  EXPECT_EQ(call.channel_to_end(), "n1") << "the halves are gone";
  tell(say.hangup("n1"));
  tell(say.hangup("n2"));
  EXPECT_EQ(call.now(), state::disconnected);
  EXPECT_EQ(call.why(), reason::hang_up);
}

TEST_F(Progress, ReasonAndLastStateComeTogether) {
  begin();
  tell(say.dial_end(1, "BUSY"));
  tell(say.originate_response("a", false));
  EXPECT_EQ(call.why(), reason::none);
  EXPECT_FALSE(call.over()) << "while a channel is up";
  hang_up_all();
  EXPECT_EQ(call.why(), reason::caller_busy);
}

// What a list of channels proves of a call whose events were missed.
class Recovered : public Progress {
 protected:
  void list(std::initializer_list<std::pair<std::string_view, std::string_view>> channels) {
    std::vector<listed_channel> found;
    for (const auto& [id, bridge] : channels) {
      const std::string text = say.listed(id, bridge);
      const auto event = asterisk::translate(asterisk::message(text));
      const auto& listed = std::get<pbx::channel_listed>(event->fact);
      found.push_back({ascii::to_lower(listed.of.id), listed.of.is, std::string(listed.bridge)});
    }
    call.recover(found);
  }
};

TEST_F(Recovered, WithoutChannelsIsLost) {
  begin();
  list({});
  EXPECT_EQ(call.now(), state::failed);
  EXPECT_EQ(call.why(), reason::other);
}

TEST_F(Recovered, RingsOnWhileTheCallersPhoneDoes) {
  begin();
  list({{"Iden", ""}, {"Iden-2", ""}, {"n1", ""}});
  EXPECT_EQ(call.now(), state::calling_caller);
}

TEST_F(Recovered, HasReachedTheDestinationOnceTheCallersPhoneIsInABridge) {
  begin();
  list({{"Iden", ""}, {"Iden-2", "b1"}, {"n1", "b1"}, {"n2", ""}});
  EXPECT_EQ(call.now(), state::calling_callee);
}

TEST_F(Recovered, IsConnectedOnceTheFirstHalfMeetsTheCallee) {
  begin();
  list({{"Iden", "b2"}, {"Iden-2", "b1"}, {"n1", "b1"}, {"n2", "b2"}});
  EXPECT_EQ(call.now(), state::connected);
  hang_up_all();
  EXPECT_EQ(call.why(), reason::hang_up);
}

TEST_F(Recovered, IsConnectedWhereItWasOptimisedMeanwhile) {
  begin();
  list({{"n1", "b2"}, {"n2", "b2"}});
  EXPECT_EQ(call.now(), state::connected);
  tell(say.hangup("n1"));
  tell(say.hangup("n2"));
  EXPECT_EQ(call.now(), state::disconnected);
}

TEST_F(Recovered, NeverGoesBack) {
  begin();
  answer_caller();
  dial_callee();
  tell(say.bridge_enter("n2", "b2", 1));
  tell(say.bridge_enter("Iden", "b2", 2));
  list({{"Iden", ""}, {"Iden-2", ""}, {"n1", ""}});
  EXPECT_EQ(call.now(), state::connected);
}

TEST_F(Recovered, EndsWithTheChannelsThatWereListed) {
  begin();
  list({{"Iden", ""}, {"Iden-2", ""}});
  tell(say.hangup("Iden"));
  tell(say.hangup("Iden-2"));
  EXPECT_TRUE(call.over()) << "n1 ended while nobody listened";
}

TEST_F(Recovered, IsConnectedByTheCalleeWhereTheFirstHalfWaitedInTheBridge) {
  begin();
  list({{"Iden", "b2"}, {"Iden-2", "b1"}, {"n1", "b1"}, {"n2", ""}});
  EXPECT_EQ(call.now(), state::calling_callee);
  tell(say.bridge_enter("n2", "b2", 2));
  EXPECT_EQ(call.now(), state::connected);
}

TEST_F(Recovered, KnowsWhyTheDestinationFailedThoughItsDiallingWasMissed) {
  begin();
  list({{"Iden", ""}, {"Iden-2", ""}, {"n1", ""}, {"n2", ""}});
  tell(say.dial_end(2, "BUSY", "n2"));
  EXPECT_EQ(call.now(), state::calling_callee);
  hang_up_all();
  EXPECT_EQ(call.why(), reason::callee_busy);
}

// How one of the legs ends, as Asterisk 22 tells it, and what that means.
struct ending {
  std::string_view name;
  int leg;
  std::string_view status;
  int cause;  // of the leg's channel
  reason why;
  std::string_view sip = {};
};

class Leg : public Progress, public ::testing::WithParamInterface<ending> {};

TEST_P(Leg, SaysWhyTheCallFailed) {
  const auto& [name, leg, status, cause, why, sip] = GetParam();
  begin();
  if (leg == 2) {
    answer_caller();
    dial_callee();
  }
  tell(say.dial_end(leg, status));
  tell(say.hangup(leg == 1 ? "n1" : "n2", cause, sip));
  hang_up_all();
  EXPECT_EQ(call.now(), state::failed);
  EXPECT_EQ(call.why(), why);
}

INSTANTIATE_TEST_SUITE_P(
    Recorded, Leg,
    ::testing::Values(ending{"CallerBusy", 1, "BUSY", 17, reason::caller_busy},
                      ending{"CallerDeclines", 1, "NOANSWER", 21, reason::caller_busy},
                      ending{"CallerDeclinesToldBySip", 1, "NOANSWER", 21, reason::caller_busy, "603"},
                      ending{"CallerForbidden", 1, "NOANSWER", 21, reason::caller_failure, "403"},
                      ending{"CallerSaysItIsNotThere", 1, "NOANSWER", 19, reason::caller_no_answer, "480"},
                      ending{"CallerSilentUntilTheOriginatesTime", 1, "CANCEL", 19, reason::caller_no_answer},
                      ending{"CallerSilentUntilTheDialsTime", 1, "NOANSWER", 0, reason::caller_no_answer},
                      ending{"CallerUnavailable", 1, "NOANSWER", 18, reason::caller_no_answer},
                      ending{"CallerUnknownToTheProxy", 1, "NOANSWER", 1, reason::caller_failure},
                      ending{"CallerUnreachable", 1, "CHANUNAVAIL", 20, reason::caller_failure},
                      ending{"CallerCongested", 1, "CONGESTION", 34, reason::caller_failure},
                      ending{"CallerHungUpBySomebody", 1, "CANCEL", 16, reason::caller_abandon},
                      ending{"CallerGivesUpWhileTheDestinationRings", 2, "CANCEL", 16, reason::caller_abandon},
                      ending{"CalleeBusy", 2, "BUSY", 17, reason::callee_busy},
                      ending{"CalleeDeclines", 2, "NOANSWER", 21, reason::callee_busy},
                      ending{"CalleeForbidden", 2, "NOANSWER", 21, reason::callee_failure, "403"},
                      ending{"CalleeSilent", 2, "NOANSWER", 0, reason::callee_no_answer},
                      ending{"WrongNumber", 2, "NOANSWER", 1, reason::callee_failure},
                      ending{"TrunkDown", 2, "CONGESTION", 34, reason::callee_failure},
                      ending{"NoRoute", 2, "CHANUNAVAIL", 3, reason::callee_failure}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace c2c::call
