#include "call/dialler.hpp"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "asterisk/switchboard.hpp"
#include "support/call_events.hpp"
#include "support/run_task.hpp"
#include "support/scripted_ami.hpp"

namespace c2c::call {
namespace {

using namespace std::chrono_literals;
using test::ami_script;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string host = "127.0.0.1";
const std::string queued = "Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n";

// The events of a message each end in one line break; on the wire a blank line follows.
std::string wire(std::initializer_list<std::string> events) {
  std::string out;
  for (const std::string& event : events) {
    out += event + "\r\n";
  }
  return out;
}

// What is asked for, and by whom.
struct order {
  std::string owner;
  pbx::order call;
};

class Dialler : public ::testing::Test {
 protected:
  void start(dialler::options chosen = {}, board::options live = {}) {
    asterisk::exchange_options options;
    options.user = "u";
    options.secret = "s";
    options.port = server.port();
    options.response_timeout = 300ms;
    exchange.emplace(context, options);
    chosen.confirm_timeout = 300ms;
    pbx.emplace(*exchange);
    calls.emplace(std::move(live));
    dial.emplace(dialler::parts{.context = context, .pbx = *pbx, .calls = *calls, .on_change = {}}, chosen);
  }
  void TearDown() override { EXPECT_THAT(server.surprises(), IsEmpty()); }

  static ami_script session() {
    ami_script script;
    script.logs_in("s");
    return script;
  }

  static order call_of(std::string iden, std::string owner = "alice@d") {
    order made{.owner = std::move(owner), .call = {}};
    made.call.iden = std::move(iden);
    made.call.destination = "100";
    made.call.endpoint = "e";
    made.call.extension = "1";
    return made;
  }

  // Starts a call; its outcome is there once `run_until` has let it come.
  std::shared_ptr<std::optional<result<void>>> begin(order what) {
    auto outcome = std::make_shared<std::optional<result<void>>>();
    asio::co_spawn(context.get_executor(),
                   dial->dial(host, std::move(what.owner), std::move(what.call), steady_clock::now() + 10s),
                   [outcome](std::exception_ptr, result<void> came) { *outcome = std::move(came); });
    return outcome;
  }
  template <class Done>
  bool run_until(Done done) {
    const auto deadline = steady_clock::now() + 20s;
    while (!done() && steady_clock::now() < deadline) {
      context.run_one_for(100ms);
    }
    return done();
  }
  result<void> run(order what) {
    const auto outcome = begin(std::move(what));
    if (!run_until([&] { return outcome->has_value(); })) {
      return fail(errc::timed_out, "the test waited in vain");
    }
    return **outcome;
  }
  result<void> refuse(order what) {
    return test::run_task(context,
                          dial->refuse(std::move(what.owner), std::move(what.call), steady_clock::now() + 10s));
  }
  std::size_t count(std::string_view text) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        server.actions(), [&](const std::string& action) { return action.find(text) != std::string::npos; }));
  }

  asio::io_context context{1};
  test::scripted_ami server{context};
  std::optional<asterisk::exchange> exchange;
  std::optional<asterisk::switchboard> pbx;
  std::optional<board> calls;
  std::optional<dialler> dial;
  test::call_events say{"Iden"};
};

TEST_F(Dialler, SucceedsOnceTheTerminalIsBeingDialled) {
  server.plays(session()
                   .expects("Originate")
                   .sends(queued + wire({say.local_up(false), say.local_up(true), say.originate_dials(),
                                         say.dial_begin(1, "n1")})));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
  EXPECT_EQ(dial->live_calls(), 1U);
}

TEST_F(Dialler, ABusyTerminalWasDialledEvenIfTheOriginatesFailureIsToldFirst) {
  server.plays(session()
                   .expects("Originate")
                   .sends(queued + wire({say.originate_response("{id}", false), say.local_up(false), say.local_up(true),
                                         say.dial_begin(1, "n1"), say.dial_end(1, "BUSY"), say.hangup("Iden-2"),
                                         say.hangup("Iden")})));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
}

TEST_F(Dialler, FailsAtOnceWhenTheChannelsEndWithoutDialling) {
  server.plays(
      session()
          .expects("Originate")
          .sends(queued + wire({say.originate_response("{id}", false), say.local_up(false), say.hangup("Iden")})));
  start();
  const auto outcome = run(call_of("Iden"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::rejected);
}

TEST_F(Dialler, FailsWhenTheOriginateDoes) {
  server.plays(session().expects("Originate").sends(queued + wire({say.originate_response("{id}", false)})));
  start();
  const auto outcome = run(call_of("Iden"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::rejected);
  EXPECT_EQ(dial->live_calls(), 0U) << "a retry may try again";
  EXPECT_EQ(count("Action: Hangup"), 0U) << "a channel of that id would be another's";
}

TEST_F(Dialler, FailsWhenAsteriskRefusesTheAction) {
  server.plays(session()
                   .expects("Originate")
                   .sends("Response: Error\r\nActionID: {id}\r\nMessage: Channel not specified.\r\n\r\n"));
  start();
  const auto outcome = run(call_of("Iden"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::rejected);
  EXPECT_THAT(outcome.error().detail, HasSubstr("Channel not specified."));
}

TEST_F(Dialler, ASlowDialplanIsAnsweredAsSoonAsItsTimeIsUp) {
  server.plays(session().expects("Originate").sends(queued + wire({say.local_up(false), say.local_up(true)})));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
}

TEST_F(Dialler, HangsUpWhatWasQueuedAndNeverCame) {
  // Another call's event shows that this user does hear events.
  server.plays(session()
                   .expects("Originate")
                   .sends(queued + wire({"Event: Newchannel\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n"}))
                   .expects("Hangup")
                   .succeeds());
  start();
  const auto outcome = run(call_of("Iden"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::timed_out);
  ASSERT_TRUE(run_until([&] { return count("Action: Hangup") == 1; }));
  EXPECT_THAT(server.actions(), Contains(HasSubstr("Channel: iden\r\n")));
}

TEST_F(Dialler, HangsUpACallThatTurnsUpTooLate) {
  server.plays(session()
                   .expects("Originate")
                   .sends(queued + wire({"Event: Newchannel\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n"}))
                   .expects("Hangup")
                   .succeeds()
                   .sends(wire({say.local_up(false)}))
                   .expects("Hangup")
                   .succeeds());
  start();
  EXPECT_FALSE(run(call_of("Iden")));
  EXPECT_TRUE(run_until([&] { return count("Action: Hangup") == 2; }));
}

TEST_F(Dialler, NeverOriginatesTwiceWhenTheSessionBreaksAfterTheAction) {
  server.plays(session().expects("Originate").closes());
  server.plays(session().expects("Hangup").succeeds());
  start();
  const auto outcome = run(call_of("Iden"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::outcome_unknown);
  ASSERT_TRUE(run_until([&] { return count("Action: Hangup") == 1; }));
  EXPECT_EQ(count("Action: Originate"), 1U);
}

TEST_F(Dialler, ASessionThatBreaksBeforeTheTerminalIsDialledMakesNoSuccess) {
  server.plays(session().expects("Originate").sends(queued + wire({say.local_up(false)})).closes());
  server.plays(session().expects("Hangup").succeeds());
  start();
  const auto outcome = run(call_of("Iden"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::outcome_unknown);
  EXPECT_TRUE(run_until([&] { return count("Action: Hangup") == 1; }));
}

TEST_F(Dialler, AfterALostSessionAsksWhichCallsAreStillAlive) {
  server.plays(
      session().expects("Originate").sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")})).closes());
  server.plays(session()
                   .expects("CoreShowChannels")
                   .succeeds()
                   .sends("Event: CoreShowChannelsComplete\r\nActionID: {id}\r\n\r\n"));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
  EXPECT_TRUE(run_until([&] { return count("Action: CoreShowChannels") == 1; }));
}

TEST_F(Dialler, WhereNobodyListensNothingWasSent) {
  server.stops_listening();
  start();
  const auto outcome = run(call_of("Iden"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::not_sent);
  EXPECT_EQ(dial->live_calls(), 0U);
}

TEST_F(Dialler, ManyRetriesAreOneCall) {
  server.plays(
      session().expects("Originate").waits(50ms).sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")})));
  start();
  std::vector<std::shared_ptr<std::optional<result<void>>>> outcomes;
  for (int i = 0; i < 8; ++i) {
    outcomes.push_back(begin(call_of(i % 2 == 0 ? "Iden" : "iDEN")));
  }
  ASSERT_TRUE(
      run_until([&] { return std::ranges::all_of(outcomes, [](const auto& each) { return each->has_value(); }); }));
  for (const auto& each : outcomes) {
    EXPECT_TRUE(**each);
  }
  EXPECT_TRUE(run(call_of("Iden"))) << "and later, while the call lives";
  EXPECT_EQ(count("Action: Originate"), 1U);
}

TEST_F(Dialler, RetriesShareTheFirstAttemptsFailure) {
  server.plays(
      session().expects("Originate").waits(20ms).sends(queued + wire({say.originate_response("{id}", false)})));
  start();
  const auto first = begin(call_of("Iden"));
  const auto second = begin(call_of("Iden"));
  ASSERT_TRUE(run_until([&] { return first->has_value() && second->has_value(); }));
  EXPECT_EQ((**first).error().code, errc::rejected);
  EXPECT_EQ((**second).error().code, errc::rejected);
  EXPECT_EQ(count("Action: Originate"), 1U);
}

TEST_F(Dialler, AnIdenBelongsToItsOwnerAndDestination) {
  server.plays(session().expects("Originate").sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")})));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
  EXPECT_EQ(run(call_of("Iden", "bob@d")).error().code, errc::iden_in_use);
  order elsewhere = call_of("IDEN");
  elsewhere.call.destination = "200";
  EXPECT_EQ(run(elsewhere).error().code, errc::iden_in_use);
}

TEST_F(Dialler, AUserThatHearsNothingIsAnsweredWithQueuedFromThenOn) {
  server.plays(session().expects("Originate").sends(queued).expects("Originate").sends(queued));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(run(call_of("Other"))) << "no event is waited for any more";
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "") << "and the operator was told once";
}

TEST_F(Dialler, ACancelledCallIsHungUpAndItsEndWaitedFor) {
  server.plays(session()
                   .expects("Originate")
                   .sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")}))
                   .expects("Hangup")
                   .succeeds()
                   .sends(wire({say.hangup("Iden")})));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
  const auto told = test::run_task(context, dial->cancel("iDEN", "alice@d"));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->back().state, state::failed);
  EXPECT_EQ(told->back().reason, reason::caller_abandon);
}

TEST_F(Dialler, ACancelledCallThatLivesOnIsToldSoWhenItsTimeIsUp) {
  server.plays(session()
                   .expects("Originate")
                   .sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")}))
                   .expects("Hangup")
                   .succeeds());
  start({.cancel_timeout = 50ms});
  EXPECT_TRUE(run(call_of("Iden")));
  const auto told = test::run_task(context, dial->cancel("Iden", "alice@d"));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->back().state, state::calling_caller);
}

TEST_F(Dialler, AHangUpThatAsteriskRefusesIsToldSoAtOnceAndTriedAgain) {
  const std::string refusal = "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n";
  server.plays(session()
                   .expects("Originate")
                   .sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")}))
                   .expects("Hangup")
                   .sends(refusal)
                   .expects("Hangup")
                   .sends(queued + wire({say.hangup("Iden")})));
  start({.cancel_timeout = 20s}, {.times = {.hang_up_again = 1s}});
  EXPECT_TRUE(run(call_of("Iden")));
  EXPECT_EQ(test::run_task(context, dial->cancel("Iden", "alice@d")).error().code, errc::hang_up_refused);
  EXPECT_FALSE(complete(*test::run_task(context, dial->look("Iden", "alice@d")))) << "it goes on";
  const auto is_over = [this] { return complete(*test::run_task(context, dial->look("Iden", "alice@d"))); };
  EXPECT_TRUE(run_until(is_over)) << "the right may be given meanwhile";
  EXPECT_TRUE(test::run_task(context, dial->cancel("Iden", "alice@d")));
}

TEST_F(Dialler, AnOwnerHasNoMoreLiveCallsThanAllowedAndRetriesAndOthersAreNoneOfThem) {
  const auto rings = [](const test::call_events& call) {
    return queued + wire({call.local_up(false), call.dial_begin(1, "n1")});
  };
  test::call_events second{"Second"};
  test::call_events third{"Third"};
  server.plays(session()
                   .expects("Originate")
                   .sends(rings(say))
                   .expects("Originate")
                   .sends(rings(second))
                   .expects("Hangup")
                   .sends(queued + wire({say.hangup("Iden")}))
                   .expects("Originate")
                   .sends(rings(third)));
  start();
  dial->allow_alive(1);
  EXPECT_TRUE(run(call_of("Iden")));
  const auto refused = run(call_of("Third"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::throttled);
  EXPECT_GT(refused.error().retry_after, 0s);
  EXPECT_TRUE(run(call_of("iden"))) << "a retry is the same call";
  EXPECT_TRUE(run(call_of("Second", "bob@d")));
  EXPECT_TRUE(test::run_task(context, dial->cancel("Iden", "alice@d")));
  EXPECT_TRUE(run(call_of("Third"))) << "the first is over";
}

TEST_F(Dialler, ACallIsNobodyElsesToSeeOrEnd) {
  server.plays(session().expects("Originate").sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")})));
  start();
  EXPECT_TRUE(run(call_of("Iden")));
  EXPECT_EQ(test::run_task(context, dial->look("Iden", "bob@d")).error().code, errc::unknown_call);
  EXPECT_EQ(test::run_task(context, dial->follow("Iden", "bob@d", nullptr)).error().code, errc::unknown_call);
  EXPECT_EQ(test::run_task(context, dial->cancel("Iden", "bob@d")).error().code, errc::unknown_call);
  EXPECT_EQ(count("Action: Hangup"), 0U);
  EXPECT_TRUE(test::run_task(context, dial->look("Iden", "alice@d")));
}

TEST_F(Dialler, ACallToATerminalWithoutAPhoneNeverReachesAsterisk) {
  start();
  EXPECT_TRUE(refuse(call_of("Iden")));
  EXPECT_TRUE(refuse(call_of("Iden"))) << "a retry is the same call";
  EXPECT_EQ(refuse(call_of("Iden", "bob@d")).error().code, errc::iden_in_use);
  EXPECT_EQ(test::run_task(context, dial->look("Iden", "alice@d"))->back().reason, reason::caller_failure);
  EXPECT_EQ(count("Action: Originate"), 0U);
}

TEST_F(Dialler, QueuedIsEnoughWhenToldSo) {
  server.plays(session().expects("Originate").sends(queued));
  start({.confirm = false});
  EXPECT_TRUE(run(call_of("Iden")));
}

TEST_F(Dialler, RefusesMoreLiveCallsThanItMayHold) {
  server.plays(session().expects("Originate").sends(queued + wire({say.local_up(false), say.dial_begin(1, "n1")})));
  start({}, {.max_calls = 1});
  EXPECT_TRUE(run(call_of("Iden")));
  EXPECT_EQ(run(call_of("Another")).error().code, errc::overloaded);
}

}  // namespace
}  // namespace c2c::call
