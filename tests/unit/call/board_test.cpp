#include "call/board.hpp"

#include <gtest/gtest.h>

#include "support/call_events.hpp"

namespace c2c::call {
namespace {

using namespace std::chrono_literals;
using admission = board::admission;

class Board : public ::testing::Test {
 protected:
  Board() {
    calls.on_unwanted = [this](const std::string& server, const std::string& iden) {
      hung_up.push_back(server + " " + iden);
    };
  }
  std::shared_ptr<live_call> fresh(std::string_view iden = "Iden") {
    const auto [what, call] = calls.admit(iden, "alice@d", "100", "as1");
    EXPECT_EQ(what, admission::fresh);
    return call;
  }
  void tell(const std::string& event, std::string_view server = "as1") {
    calls.apply(server, ami::message(event), now);
  }

  board calls{{.max_calls = 3}};
  test::call_events say{"Iden"};
  steady_time now{};
  std::vector<std::string> hung_up;
};

TEST_F(Board, ARetryIsTheSameCallWhateverItsCase) {
  fresh();
  EXPECT_EQ(calls.admit("iDEN", "alice@d", "100", "as2").what, admission::same);
  EXPECT_EQ(calls.admit("Iden", "bob@d", "100", "as1").what, admission::conflict);
  EXPECT_EQ(calls.admit("Iden", "alice@d", "101", "as1").what, admission::conflict);
}

TEST_F(Board, AnIdenIsFreeAMinuteAfterItsCallEnded) {
  const auto call = fresh();
  calls.place(*call, 1h, now);
  tell(say.local_up(false));
  now += 30min;
  calls.sweep(now);
  tell(say.hangup("Iden"));
  now += 59s;
  calls.sweep(now);
  EXPECT_EQ(calls.admit("Iden", "alice@d", "100", "as1").what, admission::same);
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(calls.admit("Iden", "alice@d", "100", "as1").what, admission::fresh);
}

TEST_F(Board, ACallWhoseEndIsNeverHeardIsForgottenWhenItMustBeOver) {
  calls.place(*fresh(), 1h, now);
  now += 1h;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, CallsThatAreOverMakeRoomForNewOnes) {
  for (const std::string_view iden : {"Iden", "b", "c"}) {
    calls.place(*fresh(iden), 1h, now);
  }
  tell(say.local_up(false));
  tell(say.hangup("Iden"));
  EXPECT_EQ(calls.admit("d", "alice@d", "100", "as1").what, admission::fresh);
  EXPECT_EQ(calls.admit("e", "alice@d", "100", "as1").what, admission::full);
  EXPECT_EQ(calls.admit("b", "alice@d", "100", "as1").what, admission::same);
}

TEST_F(Board, HoldsNoMoreThanItsLimit) {
  fresh("a");
  fresh("b");
  fresh("c");
  EXPECT_EQ(calls.admit("d", "alice@d", "100", "as1").what, admission::full);
  EXPECT_EQ(calls.size(), 3U);
}

TEST_F(Board, AnAttemptThatNeverReachedAsteriskLeavesNothing) {
  const auto call = fresh();
  calls.withdraw(*call, failure(errc::not_sent), false, now);
  EXPECT_EQ(calls.size(), 0U);
  EXPECT_TRUE(hung_up.empty());
}

TEST_F(Board, AWithdrawnCallThatTurnsUpIsHungUp) {
  const auto call = fresh();
  calls.withdraw(*call, failure(errc::outcome_unknown), true, now);
  EXPECT_EQ(hung_up, std::vector<std::string>{"as1 Iden"});
  EXPECT_EQ(calls.admit("Iden", "alice@d", "100", "as1").what, admission::withdrawn);
  tell(say.local_up(false));
  EXPECT_EQ(hung_up.size(), 2U);
  tell(say.hangup("Iden"));
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, AWithdrawnCallThatLivesOnIsHungUpAgainAndAgain) {
  const auto call = fresh();
  tell(say.local_up(false));
  calls.withdraw(*call, failure(errc::timed_out), true, now);
  for (std::size_t again = 2; again < 100; ++again) {
    now += 1s;
    calls.sweep(now);
    EXPECT_EQ(hung_up.size(), again);
  }
  tell(say.hangup("Iden"));
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, AWithdrawnCallWhoseEndIsNeverHeardIsForgottenAtLast) {
  const auto call = fresh();
  calls.withdraw(*call, failure(errc::timed_out), true, now);
  tell(say.local_up(false));
  now += 1h;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, AWithdrawnCallIsHungUpOnceItsServerIsBack) {
  const auto call = fresh();
  calls.lost("as1", now);
  calls.withdraw(*call, failure(errc::outcome_unknown), true, now);
  now += 30min;
  calls.sweep(now);
  EXPECT_EQ(calls.regained("as1", now).unwanted, std::vector<std::string>{"Iden"});
  EXPECT_TRUE(calls.regained("as2", now).unwanted.empty());
}

TEST_F(Board, ACallThatARegainedServerDoesNotListIsOver) {
  const auto gone = fresh("gone");
  const auto alive = fresh("alive");
  for (const auto& call : {gone, alive}) {
    calls.place(*call, 1h, now);
  }
  calls.lost("as1", now);
  EXPECT_TRUE(calls.regained("as1", now).ask_for_channels);
  tell("Event: CoreShowChannel\r\nUniqueid: 1.1\r\nLinkedid: ALIVE\r\n");
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_TRUE(gone->progress.over());
  EXPECT_EQ(gone->progress.why(), reason::other);
  EXPECT_FALSE(alive->progress.over());
}

TEST_F(Board, AnotherActionsFailureOnTheSameIdenIsNotOurs) {
  const auto call = fresh();
  call->action_id = "mine";
  tell(say.originate_response("other", false));
  EXPECT_FALSE(call->progress.originate_failed());
  tell(say.originate_response("mine", false));
  EXPECT_TRUE(call->progress.originate_failed());
}

TEST_F(Board, AnotherServersChannelsAreNotOurs) {
  const auto call = fresh();
  tell(say.dial_begin(1, "n1"), "as2");
  EXPECT_FALSE(call->progress.caller_dialled());
}

TEST_F(Board, WatchersAreToldOnce) {
  const auto call = fresh();
  int told = 0;
  call->watchers.emplace_back([&] { ++told; });
  tell(say.local_up(false));
  tell(say.local_up(true));
  EXPECT_EQ(told, 1);
}

TEST_F(Board, HearsAServerUntilItIsLost) {
  EXPECT_FALSE(calls.hears("as1"));
  tell("Event: Newchannel\r\nUniqueid: 5.5\r\nLinkedid: 5.5\r\n");
  EXPECT_TRUE(calls.hears("as1"));
  calls.lost("as1", now);
  EXPECT_FALSE(calls.hears("as1"));
}

}  // namespace
}  // namespace c2c::call
