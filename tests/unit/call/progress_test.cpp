#include "call/progress.hpp"

#include <gtest/gtest.h>

#include "support/call_events.hpp"

namespace c2c::call {
namespace {

class Progress : public ::testing::Test {
 protected:
  void tell(const std::string& event) { call.apply(ami::message(event)); }
  void begin() {
    tell(say.local_up(false));
    tell(say.local_up(true));
    tell(say.originate_dials());
    tell(say.newchannel("n1"));
    tell(say.dial_begin(1, "n1"));
  }
  void answer_caller() {
    tell(say.dial_end(1, "ANSWER"));
    tell(say.bridge_enter("n1"));
    tell(say.bridge_enter("Iden-2"));
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
  progress call{"Iden"};
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
  EXPECT_EQ(call.now(), state::calling_caller) << "the caller's own bridge connects nobody";
  dial_callee();
  EXPECT_EQ(call.now(), state::calling_callee);
  tell(say.dial_end(2, "ANSWER"));
  tell(say.bridge_enter("n2"));
  tell(say.bridge_enter("Iden"));
  EXPECT_EQ(call.now(), state::connected);
  hang_up_all();
  EXPECT_EQ(call.now(), state::disconnected);
  EXPECT_EQ(call.why(), reason::hang_up);
  EXPECT_FALSE(call.exists());
}

TEST_F(Progress, TheCallersLegSaysWhyItFailed) {
  for (const auto& [status, why] : {std::pair<std::string_view, reason>{"BUSY", reason::caller_busy},
                                    {"NOANSWER", reason::caller_no_answer},
                                    {"CANCEL", reason::caller_no_answer},
                                    {"CONGESTION", reason::caller_failure},
                                    {"CHANUNAVAIL", reason::caller_failure}}) {
    call = progress("Iden");
    begin();
    tell(say.dial_end(1, status));
    hang_up_all();
    EXPECT_EQ(call.now(), state::failed) << status;
    EXPECT_EQ(call.why(), why) << status;
  }
}

TEST_F(Progress, TheCalleesLegSaysWhyItFailed) {
  for (const auto& [status, why] : {std::pair<std::string_view, reason>{"BUSY", reason::callee_busy},
                                    {"NOANSWER", reason::callee_no_answer},
                                    {"CANCEL", reason::caller_abandon},
                                    {"CONGESTION", reason::callee_failure}}) {
    call = progress("Iden");
    begin();
    answer_caller();
    dial_callee();
    tell(say.dial_end(2, status));
    hang_up_all();
    EXPECT_EQ(call.now(), state::failed) << status;
    EXPECT_EQ(call.why(), why) << status;
  }
}

TEST_F(Progress, AFailedOriginateThatOvertakesItsEventsEndsNothing) {
  tell(say.originate_response("a", false));
  EXPECT_TRUE(call.originate_failed());
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
  call = progress("Iden");
  tell(say.originate_response("a", true));
  EXPECT_TRUE(call.caller_dialled());
  call = progress("Iden");
  tell("Event: OriginateResponse\r\nResponse: Failure\r\nReason: 8\r\nUniqueid: Iden\r\n");
  EXPECT_FALSE(call.caller_dialled());
}

TEST_F(Progress, IsNotOverWhileAChannelIsUp) {
  begin();
  tell(say.originate_response("a", false));
  EXPECT_FALSE(call.over());
  hang_up_all();
  EXPECT_TRUE(call.over());
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
  EXPECT_TRUE(call.lose());
  EXPECT_EQ(call.now(), state::failed);
  EXPECT_EQ(call.why(), reason::other);
  EXPECT_FALSE(call.lose()) << "what is over stays as it is";
}

TEST_F(Progress, FindsTheIdenOfAnEvent) {
  EXPECT_EQ(iden_of(ami::message("Event: Hangup\r\nUniqueid: 1.2\r\nLinkedid: X\r\n")), "X");
  EXPECT_EQ(iden_of(ami::message("Event: DialBegin\r\nDestLinkedid: Y\r\n")), "Y");
  EXPECT_EQ(iden_of(ami::message("Event: OriginateResponse\r\nUniqueid: Z\r\n")), "Z");
  EXPECT_EQ(iden_of(ami::message("Event: Reload\r\nUniqueid: Z\r\n")), "");
}

}  // namespace
}  // namespace c2c::call
