#include "call/board.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "asterisk/translate.hpp"
#include "support/call_events.hpp"

namespace c2c::call {
namespace {

using namespace std::chrono_literals;
using admission = board::admission;

// What the board wanted done.
struct recorder : board_observer {
  void hang_up(const live_call& call) override {
    hung_up.push_back(call.server() + ' ' + std::string(call.channel_to_end()));
  }
  void list_channels(const std::string& server) override { lists_wanted.push_back(server); }
  void hold(const std::string& server) override { held.insert(server); }
  void release(const std::string& server) override { held.erase(server); }
  void on_change(const live_call&, std::size_t number) override { numbers.push_back(number); }
  void publish(const live_call& call) override { records.push_back(call.to_record(now, wall_time(0s))); }
  void unpublish(const live_call& call) override { forgotten.push_back(call.iden()); }

  steady_time now{};
  std::vector<std::string> hung_up;
  std::vector<std::string> lists_wanted;
  std::set<std::string> held;
  std::vector<std::size_t> numbers;
  std::vector<record> records;
  std::vector<std::string> forgotten;
};

class Board : public ::testing::Test, protected recorder {
 protected:
  Board() { calls.observe(*this); }
  board::admitted admit(std::string_view iden, std::string_view owner = "alice@d", std::string_view destination = "100",
                        std::string_view server = "as1") {
    return calls.admit({std::string(iden), std::string(owner), std::string(destination)}, std::string(server), 1h, now);
  }
  // A call whose order was sent.
  call_view fresh(std::string_view iden = "Iden") {
    const auto [how, call] = admit(iden);
    EXPECT_EQ(how, admission::fresh);
    calls.sent(*call, "mine");
    return call;
  }
  void tell(const std::string& event, std::string_view server = "as1") {
    if (const auto translated = asterisk::translate(asterisk::message(event))) {
      calls.apply(server, *translated, now);
    }
  }
  // A placed call, of which nothing has been heard since its caller's answer.
  call_view answered_by_its_caller() {
    const auto call = fresh();
    for (const std::string& event : {say.local_up(false), say.local_up(true), say.dial_begin(1, "n1")}) {
      tell(event);
    }
    calls.place(*call, now);
    tell(say.dial_end(1, "ANSWER"));
    return call;
  }
  // Of the hang-ups those that a server's return brings.
  std::vector<std::string> hung_up_on_return_of(const std::string& server) {
    hung_up.clear();
    calls.server_ready(server, now);
    return hung_up;
  }

  board calls{{.max_calls = 3, .wall = [] { return wall_time(0s); }}};
  test::call_events say{"Iden"};

  // A call as another instance has left it.
  static record left_by_another(const std::vector<state>& states, phase how = phase::placed) {
    record out{.iden = "Iden", .home = "gone", .owner = "alice@d", .destination = "100", .server = "as1", .phase = how};
    for (const state each : states) {
      out.history.push_back({each, reason::none, wall_time(1s)});
    }
    out.live_until = wall_time(1h);
    return out;
  }
  call_view taken_over(const record& known) {
    const auto call = admit(known.iden, known.owner, known.destination, "").call;
    calls.take_over(*call, known, now);
    return call;
  }
};

TEST_F(Board, ARetryIsTheSameCallWhateverItsCase) {
  fresh();
  EXPECT_EQ(admit("iDEN", "alice@d", "100", "as2").how, admission::same);
  EXPECT_EQ(admit("Iden", "bob@d", "100", "as1").how, admission::conflict);
  EXPECT_EQ(admit("Iden", "alice@d", "101", "as1").how, admission::conflict);
}

TEST_F(Board, AnIdenIsFreeAMinuteAfterItsCallEnded) {
  const auto call = fresh();
  calls.place(*call, now);
  tell(say.local_up(false));
  now += 30min;
  calls.sweep(now);
  tell(say.hangup("Iden"));
  now += 59s;
  calls.sweep(now);
  EXPECT_EQ(admit("Iden", "alice@d", "100", "as1").how, admission::same);
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(admit("Iden", "alice@d", "100", "as1").how, admission::fresh);
}

TEST_F(Board, ACallWhoseEndIsNeverHeardIsForgottenWhenItMustBeOver) {
  const auto call = fresh();
  calls.place(*call, now);
  now += 1h;
  calls.sweep(now);
  EXPECT_EQ(call->history().back().state, state::failed) << "and whoever watches it is told";
  EXPECT_EQ(call->history().back().reason, reason::other);
  now += 60s;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, CallsThatAreOverMakeRoomForNewOnes) {
  for (const std::string_view iden : {"Iden", "b", "c"}) {
    calls.place(*fresh(iden), now);
  }
  tell(say.local_up(false));
  tell(say.hangup("Iden"));
  EXPECT_EQ(admit("d", "alice@d", "100", "as1").how, admission::fresh);
  EXPECT_EQ(admit("e", "alice@d", "100", "as1").how, admission::full);
  EXPECT_EQ(admit("b", "alice@d", "100", "as1").how, admission::same);
}

TEST_F(Board, HoldsNoMoreThanItsLimit) {
  fresh("a");
  fresh("b");
  fresh("c");
  EXPECT_EQ(admit("d", "alice@d", "100", "as1").how, admission::full);
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
  EXPECT_EQ(hung_up, std::vector<std::string>{"as1 iden"});
  EXPECT_EQ(admit("Iden", "alice@d", "100", "as1").how, admission::withdrawn);
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

// What began while nobody heard the server shows itself by nothing, and the hang-up may have got lost.
TEST_F(Board, AWithdrawnCallOfWhichNothingIsSeenIsHungUpAgainForAWhile) {
  const auto call = fresh();
  calls.server_lost("as1", now);
  calls.withdraw(*call, failure(errc::outcome_unknown), true, now);
  calls.server_ready("as1", now);
  hung_up.clear();
  for (int second = 0; second < 29; ++second) {
    now += 1s;
    calls.sweep(now);
  }
  EXPECT_EQ(hung_up, std::vector<std::string>(5, "as1 iden"));
  now += 5s;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

// Where its record went sooner, another instance would take the iden, and have its call hung up from here.
TEST_F(Board, AWithdrawnCallsRecordOutlivesTheWatchOverIt) {
  const auto call = fresh();
  calls.share(*call);
  calls.withdraw(*call, failure(errc::timed_out), true, now);
  EXPECT_EQ(call->record_life(now), 40s);
  records.clear();
  now += 10s;
  calls.server_lost("as1", now);
  EXPECT_EQ(records.size(), 1U);
  EXPECT_EQ(call->record_life(now), 1h + 10s);
  now += 1min;
  calls.server_ready("as1", now);
  EXPECT_EQ(records.size(), 2U);
  EXPECT_EQ(call->record_life(now), 40s);
  tell(say.local_up(false));
  EXPECT_GE(records.size(), 3U);
  EXPECT_EQ(call->record_life(now), 1h + 10s);
}

TEST_F(Board, AWithdrawnCallsRecordIsThereUntilTheCallIsForgotten) {
  for (const auto looked_at : {0s, 1s, 4s}) {
    const auto call = fresh();
    calls.share(*call);
    calls.withdraw(*call, failure(errc::timed_out), true, now);
    const steady_time gone = now + call->record_life(now);
    tell(say.hangup("another"));
    for (now += looked_at; calls.size() > 0; now += 1s) {
      calls.sweep(now);
    }
    EXPECT_LT(now + 3s, gone) << "a home that stands still for less than its lease forgets it in time";
  }
}

TEST_F(Board, APlacedCallIsHungUpAgainEachSecondThoughNothingOfItIsSeen) {
  const auto call = fresh();
  calls.place(*call, now);
  calls.cancel(*call, now);
  hung_up.clear();
  for (int second = 0; second < 5; ++second) {
    now += 1s;
    calls.sweep(now);
  }
  EXPECT_EQ(hung_up.size(), 5U);
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
  calls.server_lost("as1", now);
  calls.withdraw(*call, failure(errc::outcome_unknown), true, now);
  now += 30min;
  calls.sweep(now);
  EXPECT_EQ(hung_up_on_return_of("as1"), std::vector<std::string>{"as1 iden"});
  EXPECT_TRUE(hung_up_on_return_of("as2").empty());
}

TEST_F(Board, ACallThatARegainedServerDoesNotListIsOver) {
  const auto gone = fresh("gone");
  const auto alive = fresh("alive");
  for (const auto& call : {gone, alive}) {
    calls.place(*call, now);
  }
  calls.server_lost("as1", now);
  calls.server_ready("as1", now);
  EXPECT_EQ(lists_wanted, std::vector<std::string>{"as1"});
  tell("Event: CoreShowChannel\r\nUniqueid: 1.1\r\nLinkedid: ALIVE\r\n");
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_TRUE(gone->progress().over());
  EXPECT_EQ(gone->progress().why(), reason::other);
  EXPECT_FALSE(alive->progress().over());
}

TEST_F(Board, AnotherActionsFailureOnTheSameIdenIsNotOurs) {
  const auto call = fresh();
  tell(say.originate_response("other", false));
  EXPECT_FALSE(call->progress().order_failed());
  tell(say.originate_response("mine", false));
  EXPECT_TRUE(call->progress().order_failed());
}

TEST_F(Board, AnotherServersChannelsAreNotOurs) {
  const auto call = fresh();
  tell(say.dial_begin(1, "n1"), "as2");
  EXPECT_FALSE(call->progress().caller_dialled());
}

TEST_F(Board, WatchersAreToldOnce) {
  const auto call = fresh();
  int told = 0;
  calls.wait(*call, nullptr, [&] { ++told; });
  tell(say.local_up(false));
  tell(say.local_up(true));
  EXPECT_EQ(told, 1);
}

// Keeps what it is told.
struct listener : follower {
  void on_change(const change& news, std::size_t number) override { heard.emplace_back(number, news.state); }
  std::vector<std::pair<std::size_t, state>> heard;
};

TEST_F(Board, AFollowerHearsEachChangeAfterTheHistoryAndIsThenLetGo) {
  const auto call = fresh();
  tell(say.local_up(false));
  tell(say.dial_begin(1, "n1"));
  calls.place(*call, now);
  const auto who = std::make_shared<listener>();
  ASSERT_TRUE(calls.follow(*call, who));
  EXPECT_EQ(call->history().size(), 2U);
  tell(say.dial_begin(2, "n2"));
  tell(say.hangup("Iden"));
  using heard = std::vector<std::pair<std::size_t, state>>;
  EXPECT_EQ(who->heard, (heard{{3, state::calling_callee}, {4, state::failed}}));
  EXPECT_EQ(who.use_count(), 1);
}

TEST_F(Board, AFollowerThatLeavesHearsNoMore) {
  const auto call = fresh();
  calls.place(*call, now);
  const auto who = std::make_shared<listener>();
  ASSERT_TRUE(calls.follow(*call, who));
  calls.unfollow(*call, who.get());
  EXPECT_EQ(who.use_count(), 1);
  tell(say.dial_begin(1, "n1"));
  EXPECT_TRUE(who->heard.empty());
}

TEST_F(Board, ACallHasOnlySoManyFollowers) {
  board narrow{{.max_followers = 1}};
  narrow.observe(*this);
  const auto call = narrow.admit({"Iden", "alice@d", "100"}, "as1", 1h, now).call;
  narrow.place(*call, now);
  const auto first = std::make_shared<listener>();
  EXPECT_TRUE(narrow.follow(*call, first));
  EXPECT_FALSE(narrow.follow(*call, std::make_shared<listener>()));
  narrow.unfollow(*call, first.get());
  EXPECT_TRUE(narrow.follow(*call, std::make_shared<listener>()));
}

TEST_F(Board, OnlyThePlacedCallOfThatOwnerIsFound) {
  const auto call = fresh();
  EXPECT_EQ(calls.find("Iden", "alice@d"), nullptr) << "not placed yet";
  calls.place(*call, now);
  EXPECT_EQ(calls.find("iDEN", "alice@d"), call);
  EXPECT_EQ(calls.find("Iden", "bob@d"), nullptr);
  EXPECT_EQ(calls.find("Ide", "alice@d"), nullptr);
}

TEST_F(Board, TellsTheChangesOfAPlacedCallFromItsFirst) {
  const auto call = fresh();
  tell(say.local_up(false));
  tell(say.dial_begin(1, "n1"));
  EXPECT_TRUE(numbers.empty()) << "what is never answered 200 is no call";
  calls.place(*call, now);
  EXPECT_EQ(numbers, (std::vector<std::size_t>{1, 2}));
  tell(say.hangup("Iden"));
  EXPECT_EQ(numbers, (std::vector<std::size_t>{1, 2, 3}));
}

TEST_F(Board, ACancelledCallIsHungUpUntilItIsOverAndStillRemembered) {
  const auto call = fresh();
  tell(say.local_up(false));
  tell(say.dial_begin(1, "n1"));
  calls.place(*call, now);
  calls.cancel(*call, now);
  EXPECT_EQ(hung_up.size(), 1U);
  calls.cancel(*call, now);
  EXPECT_EQ(hung_up.size(), 1U) << "asking twice changes nothing";
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(hung_up.size(), 2U);
  tell(say.hangup("Iden"));
  EXPECT_EQ(call->history().back().state, state::failed);
  EXPECT_EQ(call->history().back().reason, reason::caller_abandon);
  now += 59s;
  calls.sweep(now);
  EXPECT_EQ(hung_up.size(), 2U);
  EXPECT_EQ(calls.find("Iden", "alice@d"), call);
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, ACallCancelledWhileItsServerIsAwayIsHungUpWhenThatIsBack) {
  const auto call = fresh();
  tell(say.local_up(false));
  calls.place(*call, now);
  calls.server_lost("as1", now);
  calls.cancel(*call, now);
  hung_up.clear();
  EXPECT_EQ(hung_up_on_return_of("as1"), std::vector<std::string>{"as1 iden"});
}

TEST_F(Board, ACallWhoseServerStaysAwayIsOverAfterAMinute) {
  const auto call = fresh();
  tell(say.local_up(false));
  tell(say.dial_begin(1, "n1"));
  calls.place(*call, now);
  calls.server_lost("as1", now);
  now += 59s;
  calls.sweep(now);
  EXPECT_FALSE(call->progress().over()) << "it may be back";
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(call->history().back().reason, reason::other);
  now += 60s;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, ACancelledCallWhoseServerStaysAwayIsHungUpHoweverLateThatIsBack) {
  const auto call = fresh();
  tell(say.local_up(false));
  tell(say.dial_begin(1, "n1"));
  calls.place(*call, now);
  calls.server_lost("as1", now);
  calls.cancel(*call, now);
  now += 60s;
  calls.sweep(now);
  EXPECT_EQ(call->history().back().reason, reason::caller_abandon) << "that is what was asked for";
  now += 30min;
  calls.sweep(now);
  EXPECT_EQ(hung_up_on_return_of("as1"), std::vector<std::string>{"as1 iden"});
  now += 60s;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, WhatIsOverIsNotRememberedForLongerBecauseMoreIsHeard) {
  const auto call = fresh();
  tell(say.local_up(false));
  calls.place(*call, now);
  tell(say.hangup("Iden"));
  now += 59s;
  tell(say.newchannel("n9"));
  calls.server_lost("as1", now);
  calls.server_ready("as1", now);
  tell("Event: CoreShowChannelsComplete\r\n");
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, AQueuedCallThatFailsWithoutAChannelIsOver) {
  const auto call = fresh();
  calls.place(*call, now);
  tell(say.originate_response("mine", false));
  now += 2s;
  calls.sweep(now);
  EXPECT_EQ(call->history().back().reason, reason::caller_failure);
}

TEST_F(Board, AFailureThatOvertakesItsChannelsEndsNothing) {
  const auto call = fresh();
  calls.place(*call, now);
  tell(say.originate_response("mine", false));
  tell(say.local_up(false));
  for (int second = 0; second < 30; ++second) {
    now += 1s;
    calls.sweep(now);
  }
  EXPECT_FALSE(call->progress().over()) << "a busy tone may last";
  tell(say.hangup("Iden"));
  EXPECT_TRUE(call->progress().over());
}

TEST_F(Board, AListOfChannelsIsNoSignThatEventsAreHeard) {
  tell(say.listed("Iden"));
  EXPECT_FALSE(calls.hears("as1"));
}

TEST_F(Board, AwaitsAServerWhoseCallsAreInDoubt) {
  const auto call = fresh();
  calls.place(*call, now);
  calls.server_lost("as2", now);
  EXPECT_FALSE(held.contains("as2"));
  calls.server_lost("as1", now);
  EXPECT_TRUE(held.contains("as1"));
}

TEST_F(Board, AChannelThatEndsWhileTheListIsDrawnUpIsGone) {
  const auto call = fresh();
  tell(say.local_up(false));
  calls.place(*call, now);
  calls.server_lost("as1", now);
  calls.server_ready("as1", now);
  tell("Event: CoreShowChannel\r\nUniqueid: Iden\r\nLinkedid: Iden\r\n");
  tell("Event: CoreShowChannel\r\nUniqueid: n1\r\nLinkedid: Iden\r\n");
  tell(say.hangup("n1"));
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_FALSE(call->progress().over());
  tell(say.hangup("Iden"));
  EXPECT_TRUE(call->progress().over()) << "n1 must not have come back to life";
}

TEST_F(Board, ACallWithoutAPhoneIsOnRecordAsFailed) {
  const auto call = admit("Iden").call;
  calls.refuse(*call, now);
  ASSERT_EQ(call->history().size(), 1U);
  EXPECT_EQ(call->history().back().state, state::failed);
  EXPECT_EQ(call->history().back().reason, reason::caller_failure);
  EXPECT_EQ(calls.find("Iden", "alice@d"), call);
  now += 60s;
  calls.sweep(now);
  EXPECT_EQ(calls.size(), 0U);
}

TEST_F(Board, HearsAServerUntilItIsLost) {
  EXPECT_FALSE(calls.hears("as1"));
  tell("Event: Newchannel\r\nUniqueid: 5.5\r\nLinkedid: 5.5\r\n");
  EXPECT_TRUE(calls.hears("as1"));
  calls.server_lost("as1", now);
  EXPECT_FALSE(calls.hears("as1"));
}

TEST_F(Board, ADialplanThatDialsNobodyServesTheCallerItself) {
  const auto call = answered_by_its_caller();
  now += 4s;
  calls.sweep(now);
  EXPECT_EQ(call->history().back().state, state::calling_callee);
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(call->history().back().state, state::connected);
  tell(say.hangup("Iden-2"));
  tell(say.hangup("Iden"));
  EXPECT_EQ(call->history().back().state, state::disconnected);
  EXPECT_EQ(call->history().back().reason, reason::hang_up);
}

TEST_F(Board, ADialplanThatEndsByItselfAfterAWhileHasServedAndAtOnceHasRefused) {
  for (const auto lasted : {500ms, 2'000ms}) {
    const auto call = answered_by_its_caller();
    now += lasted;
    tell(say.hangup_request("Iden-2"));
    tell(say.hangup("Iden"));
    tell(say.hangup("Iden-2"));
    const history& past = call->history();
    if (lasted < 1s) {
      EXPECT_EQ(past.back().reason, reason::callee_failure);
    } else {
      ASSERT_EQ(past.size(), 5U);
      EXPECT_EQ(past[3].state, state::connected);
      EXPECT_EQ(past[4].state, state::disconnected);
      EXPECT_EQ(past[4].reason, reason::hang_up);
    }
    now += 61s;
    calls.sweep(now);
  }
}

TEST_F(Board, ADestinationThatRingsForLongIsNotServedByTheDialplan) {
  const auto call = answered_by_its_caller();
  now += 2s;
  tell(say.dial_begin(2, "n2"));
  for (int second = 0; second < 20; ++second) {
    now += 1s;
    calls.sweep(now);
  }
  EXPECT_EQ(call->history().back().state, state::calling_callee);
}

TEST_F(Board, OfACallTakenOverNobodyKnowsWhetherItsDestinationRings) {
  const auto call = taken_over(left_by_another({state::initiating, state::calling_caller, state::calling_callee}));
  calls.server_ready("as1", now);
  for (const std::string& event : {say.listed("Iden"), say.listed("Iden-2"), say.listed("n1"), say.listed("n2")}) {
    tell(event);
  }
  tell("Event: CoreShowChannelsComplete\r\n");
  for (int second = 0; second < 20; ++second) {
    now += 1s;
    calls.sweep(now);
  }
  EXPECT_EQ(call->history().back().state, state::calling_callee);
}

TEST_F(Board, CountsTheCallsOfAnOwnerThatAreNotOver) {
  const auto first = fresh("a");
  calls.place(*first, now);
  calls.place(*fresh("b"), now);
  EXPECT_EQ(calls.alive_of("alice@d"), 2U);
  EXPECT_EQ(calls.alive_of("bob@d"), 0U);
  calls.withdraw(*fresh("c"), {errc::not_sent}, false, now);
  EXPECT_EQ(calls.alive_of("alice@d"), 2U) << "what never was is none";
  tell("Event: Newchannel\r\nUniqueid: a\r\nLinkedid: a\r\n");
  tell("Event: Hangup\r\nUniqueid: a\r\nLinkedid: a\r\nCause: 16\r\n");
  EXPECT_EQ(calls.alive_of("alice@d"), 1U) << "and one that is over neither, though it is remembered";
  now += 2h;
  calls.sweep(now);
  EXPECT_EQ(calls.alive_of("alice@d"), 0U);
}

TEST_F(Board, ACallTakenOverGoesOnAsItsChannelsShow) {
  calls.server_ready("as1", now);
  const auto call = taken_over(left_by_another({state::initiating, state::calling_caller}));
  EXPECT_EQ(calls.find("iden", "alice@d"), call);
  EXPECT_EQ(lists_wanted, std::vector<std::string>{"as1"});
  tell("Event: CoreShowChannel\r\nUniqueid: Iden\r\nLinkedid: Iden\r\nBridgeId: b\r\n");
  tell("Event: CoreShowChannel\r\nUniqueid: Iden-2\r\nLinkedid: Iden\r\nBridgeId: a\r\n");
  tell("Event: CoreShowChannel\r\nUniqueid: 1.1\r\nLinkedid: Iden\r\nBridgeId: a\r\n");
  tell("Event: CoreShowChannel\r\nUniqueid: 1.2\r\nLinkedid: Iden\r\nBridgeId: b\r\n");
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_EQ(call->progress().now(), state::connected);
  for (const std::string_view each : {"1.1", "Iden-2", "Iden", "1.2"}) {
    EXPECT_FALSE(call->progress().over());
    tell(say.hangup(std::string(each)));
  }
  EXPECT_EQ(call->history().back().state, state::disconnected);
  EXPECT_EQ(call->history().back().reason, reason::hang_up);
  EXPECT_EQ(call->history().size(), 4U) << "two from before, and two more";
}

TEST_F(Board, AChannelOlderThanTheCallTakenOverIsAnothersOfThatIdenUnlessTheClockWasSetBack) {
  for (const auto begun : {wall_time(-5s), wall_time(2h)}) {
    record known = left_by_another({state::initiating}, phase::placing);
    known.history.front().at = begun;
    const auto call = taken_over(known);
    calls.server_ready("as1", now);
    tell(say.listed("Iden", "", "00:00:09"));
    tell("Event: CoreShowChannelsComplete\r\n");
    EXPECT_EQ(call->progress().over(), begun == wall_time(-5s));
    EXPECT_TRUE(hung_up.empty());
    calls.let_go(*call, now);
  }
}

TEST_F(Board, ACallTakenOverThatHasNoChannelsIsOver) {
  calls.server_ready("as1", now);
  const auto call = taken_over(left_by_another({state::initiating, state::calling_caller, state::calling_callee}));
  tell(say.hangup("1.1"));
  EXPECT_FALSE(call->progress().over()) << "what it has is not known yet";
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_EQ(call->history().back().state, state::failed);
  EXPECT_EQ(call->history().back().reason, reason::other);
}

TEST_F(Board, ACallTakenOverFromAServerThatIsAwayIsListedWhenItIsBack) {
  taken_over(left_by_another({state::initiating}));
  EXPECT_TRUE(lists_wanted.empty());
  EXPECT_TRUE(held.contains("as1"));
  calls.server_ready("as1", now);
  EXPECT_EQ(lists_wanted, std::vector<std::string>{"as1"});
}

TEST_F(Board, AListThatIsUnderWaySaysNothingOfACallThatCameLater) {
  calls.server_ready("as1", now);
  taken_over(left_by_another({state::initiating}));
  record second = left_by_another({state::initiating});
  second.iden = "Second";
  const auto later = taken_over(second);
  EXPECT_EQ(lists_wanted.size(), 1U) << "one at a time";
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_FALSE(later->progress().over());
  EXPECT_EQ(lists_wanted.size(), 2U);
  tell("Event: CoreShowChannel\r\nUniqueid: Second\r\nLinkedid: Second\r\n");
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_FALSE(later->progress().over());
  EXPECT_FALSE(later->in_doubt());
}

TEST_F(Board, AListThatNeverEndsIsAskedForAgain) {
  calls.server_ready("as1", now);
  taken_over(left_by_another({state::initiating}));
  now += 9s;
  calls.sweep(now);
  EXPECT_EQ(lists_wanted.size(), 1U);
  now += 1s;
  calls.sweep(now);
  EXPECT_EQ(lists_wanted.size(), 2U);
}

TEST_F(Board, AnUnwantedCallThatIsTakenOverIsHungUp) {
  calls.server_ready("as1", now);
  record cancelled = left_by_another({state::initiating, state::calling_caller});
  cancelled.cancelled = true;
  const auto call = taken_over(cancelled);
  EXPECT_EQ(hung_up, std::vector<std::string>{"as1 iden"});
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_EQ(call->history().back().reason, reason::caller_abandon);
}

TEST_F(Board, OthersAreToldOfEachChangeOfASharedCallOnce) {
  const auto call = fresh();
  calls.place(*call, now);
  EXPECT_TRUE(records.empty()) << "this one is nobody else's business";
  tell(say.local_up(false));
  calls.share(*call);
  tell(say.dial_begin(1, "n1"));
  tell(say.dial_begin(1, "n2"));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records.back().history.back().state, state::calling_caller);
  EXPECT_EQ(records.back().live_until, wall_time(1h));
  calls.cancel(*call, now);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_TRUE(records.back().cancelled);
}

// Its answer forgets it everywhere, if that gets through: where it does not, nobody may find the iden taken for long.
TEST_F(Board, ARecordOfACallThatEndsBeforeItsAnswerIsSoonGone) {
  const auto call = fresh();
  calls.share(*call);
  tell(say.local_up(false));
  tell(say.hangup("Iden"));
  ASSERT_TRUE(call->progress().over());
  EXPECT_EQ(call->record_life(now), 60s);
  EXPECT_EQ(records.back().live_until, wall_time(1h)) << "as that of any call that is being placed";
}

TEST_F(Board, ASharedCallThatNeverWasIsForgottenEverywhere) {
  const auto call = fresh();
  calls.share(*call);
  calls.withdraw(*call, failure(errc::not_sent), false, now);
  EXPECT_EQ(forgotten, std::vector<std::string>{"Iden"});
}

TEST_F(Board, ACallOfAnotherInstanceLeavesTheBoardAsPlaced) {
  const auto call = fresh();
  calls.release(*call, now);
  EXPECT_EQ(call->phase(), phase::placed);
  EXPECT_EQ(calls.size(), 0U);
  EXPECT_TRUE(forgotten.empty());
}

TEST_F(Board, ASessionThatIsLostBeforeTheOrderWasSentIsNoDoubt) {
  const auto call = admit("Iden").call;
  calls.server_lost("as1", now);
  calls.server_ready("as1", now);
  EXPECT_FALSE(call->in_doubt());
  calls.sent(*call, "mine");
  calls.server_lost("as1", now);
  EXPECT_TRUE(call->in_doubt());
}

TEST_F(Board, WhatHappensUnderItsIdenBeforeItsOrderIsAnothersCall) {
  const auto call = admit("Iden").call;
  tell(say.local_up(false));
  tell(say.hangup("Iden"));
  EXPECT_FALSE(call->progress().over()) << "another instance's attempt has failed, and this one's is still to come";
  calls.sent(*call, "mine");
  tell(say.local_up(false));
  tell(say.dial_begin(1, "n1"));
  EXPECT_TRUE(call->progress().caller_dialled());
}

TEST_F(Board, ALossCountsFromItsOwnBeginning) {
  const auto withdrawn = fresh();
  calls.server_lost("as1", now);
  calls.withdraw(*withdrawn, failure(errc::outcome_unknown), true, now);
  now += 30s;
  calls.server_ready("as1", now);
  const auto call = fresh("b");
  calls.place(*call, now);
  now += 40s;
  calls.server_lost("as1", now);
  now += 59s;
  calls.sweep(now);
  EXPECT_FALSE(call->progress().over()) << "the outage before was another one";
  now += 1s;
  calls.sweep(now);
  EXPECT_TRUE(call->progress().over());
}

TEST_F(Board, ACallTakenOverWhileItWasPlacedLivesAsLongAsAnyOther) {
  const auto home = fresh();
  record known = home->to_record(now, wall_time(0s));
  calls.withdraw(*home, failure(errc::not_sent), false, now);
  known.home = "gone";
  calls.server_ready("as1", now);
  const auto call = taken_over(known);
  tell(say.listed("Iden"));
  tell("Event: CoreShowChannelsComplete\r\n");
  calls.place(*call, now);
  now += 59min;
  calls.sweep(now);
  EXPECT_FALSE(call->progress().over());
}

TEST_F(Board, AServerIsHeldNoLongerThanItsCallsAreInDoubt) {
  const auto lost = fresh();
  tell(say.local_up(false));
  calls.place(*lost, now);
  calls.server_lost("as1", now);
  EXPECT_TRUE(held.contains("as1"));
  now += 60s;
  calls.sweep(now);
  EXPECT_TRUE(held.empty()) << "what counts as lost is not waited for";
  const auto listed = fresh("b");
  calls.place(*listed, now);
  calls.server_lost("as1", now);
  calls.server_ready("as1", now);
  tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_TRUE(held.empty());
}

}  // namespace
}  // namespace c2c::call
