#include "asterisk/multiplexer.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::asterisk {
namespace {

using namespace std::chrono_literals;

class Multiplexer : public testing::Test {
 protected:
  // Submits a Ping; what becomes of it is in `outcomes` under `name`.
  void submit(const std::string& name, std::chrono::milliseconds timeout = 1s) {
    mux.submit(
        action("Ping").add("N", name), now, now + timeout,
        [this, name](std::string_view id) { ids[name] = std::string(id); },
        [this, name](result<response> got) { note(name, std::move(got)); });
  }

  void note(const std::string& name, result<response> got) {
    EXPECT_FALSE(outcomes.contains(name)) << "completed twice: " << name;
    outcomes[name] = got ? (got->success ? "ok " : "no ") + got->message : std::string(to_string(got.error().code));
  }

  multiplexer::match respond(const std::string& id, const std::string& kind = "Success") {
    const std::string text = "Response: " + kind + "\r\nActionID: " + id + "\r\nMessage: said\r\n";
    return mux.respond(message(text), now);
  }

  std::size_t write_all() {
    const std::size_t size = mux.prepare_write(now).size();
    mux.wrote(size);
    return size;
  }

  action_ids source{"p-"};
  multiplexer mux{source, {.max_pending_actions = 4, .marker_life = 10s}};
  steady_time now{1h};
  std::map<std::string, std::string> outcomes;
  std::map<std::string, std::string> ids;
};

TEST_F(Multiplexer, WritesEverythingThatWaitsInOnePieceAndInOrder) {
  mux.open();
  submit("a");
  submit("b");
  EXPECT_EQ(mux.prepare_write(now),
            "Action: Ping\r\nN: a\r\nActionID: p-1\r\n\r\nAction: Ping\r\nN: b\r\nActionID: p-2\r\n\r\n");
  submit("c");
  mux.wrote(10);
  EXPECT_TRUE(mux.prepare_write(now).starts_with("ng\r\nN: a")) << mux.prepare_write(now);
  write_all();
  EXPECT_EQ(mux.prepare_write(now), "Action: Ping\r\nN: c\r\nActionID: p-3\r\n\r\n");
}

TEST_F(Multiplexer, WritesNoMoreThanAFewAheadOfTheirAnswers) {
  multiplexer few(source, {.max_unanswered = 2});
  few.open();
  std::vector<std::string> ended;
  for (int i = 0; i < 4; ++i) {
    few.submit(action("Ping"), now, now + 1s, {}, [&ended](result<response> got) {
      ended.push_back(got ? "answered" : std::string(to_string(got.error().code)));
    });
  }
  EXPECT_EQ(few.prepare_write(now), "Action: Ping\r\nActionID: p-1\r\n\r\nAction: Ping\r\nActionID: p-2\r\n\r\n");
  few.wrote(few.prepare_write(now).size());
  EXPECT_EQ(few.prepare_write(now), "");
  few.respond(message("Response: Success\r\nActionID: p-1\r\n"), now);
  EXPECT_EQ(few.prepare_write(now), "Action: Ping\r\nActionID: p-3\r\n\r\n") << "an answer makes room for one more";
  few.wrote(few.prepare_write(now).size());
  few.expire(now + 1s);
  EXPECT_EQ(ended, (std::vector<std::string>{"answered", "timed_out", "timed_out", "not_sent"}))
      << "what was never written may go to another server";
  EXPECT_EQ(few.prepare_write(now), "");
}

TEST_F(Multiplexer, WhatIsOverdueIsNotWrittenEvenIfNobodyHasLookedAtTheTime) {
  multiplexer late(source, {});
  late.open();
  std::string ended;
  late.submit(action("Ping"), now, now + 1s, {},
              [&](const result<response>& got) { ended = to_string(got.error().code); });
  EXPECT_EQ(late.prepare_write(now + 1s), "");
  late.expire(now + 1s);
  EXPECT_EQ(ended, "not_sent");
}

TEST_F(Multiplexer, HoldsActionsBackUntilItIsOpenButNotTheSessionsOwn) {
  submit("a");
  mux.control("log in");
  EXPECT_EQ(mux.prepare_write(now), "log in");
  write_all();
  EXPECT_EQ(mux.prepare_write(now), "");
  EXPECT_FALSE(ids.contains("a"));
  mux.open();
  mux.control("ping");
  EXPECT_TRUE(mux.prepare_write(now).starts_with("pingAction: Ping"));
  EXPECT_EQ(ids["a"], "p-1");
}

TEST_F(Multiplexer, MatchesResponsesByTheirWholeIdInAnyOrder) {
  mux.open();
  submit("a");
  submit("b");
  write_all();
  EXPECT_EQ(respond("p-2", "Error"), multiplexer::match::completed);
  for (const std::string& id : std::vector<std::string>{"p-11", "p-", "p-01", "p-+1", "p-1x", "P-1", "q-1", "1", "",
                                                        "p-99999999999999999999"}) {
    EXPECT_EQ(respond(id), multiplexer::match::stranger) << id;
  }
  EXPECT_FALSE(outcomes.contains("a"));
  EXPECT_EQ(respond("p-1"), multiplexer::match::completed);
  EXPECT_EQ(respond("p-1"), multiplexer::match::stranger);
  EXPECT_EQ(outcomes["a"], "ok said");
  EXPECT_EQ(outcomes["b"], "no said");
  EXPECT_EQ(mux.size(), 0U);
}

TEST_F(Multiplexer, DoesNotBelieveAResponseToWhatItNeverSent) {
  submit("a");
  EXPECT_EQ(respond("p-1"), multiplexer::match::stranger);
  EXPECT_TRUE(outcomes.empty());
}

TEST_F(Multiplexer, AResponseOfAnUnknownWordSaysNothingOfWhatBecameOfTheAction) {
  mux.open();
  submit("a");
  submit("b");
  submit("c");
  submit("d");
  write_all();
  EXPECT_EQ(respond("p-1", "Sucbess"), multiplexer::match::completed);
  EXPECT_EQ(respond("p-2", ""), multiplexer::match::completed);
  EXPECT_EQ(respond("p-3", "error"), multiplexer::match::completed);
  EXPECT_EQ(respond("p-4", "Goodbye"), multiplexer::match::completed);
  EXPECT_EQ(outcomes["a"], "outcome_unknown");
  EXPECT_EQ(outcomes["b"], "outcome_unknown");
  EXPECT_EQ(outcomes["c"], "no said");
  EXPECT_EQ(outcomes["d"], "ok said");
}

TEST_F(Multiplexer, TakesAResponseThatOvertakesTheEndOfItsWrite) {
  mux.open();
  submit("a");
  submit("b");
  const std::size_t size = mux.prepare_write(now).size();
  EXPECT_EQ(respond("p-1"), multiplexer::match::completed);
  mux.wrote(size);
  EXPECT_EQ(respond("p-2"), multiplexer::match::completed);
}

TEST_F(Multiplexer, DropsTheLateResponseOfAnAbandonedActionAndLivesOn) {
  mux.open();
  submit("a");
  write_all();
  now += 1s;
  mux.expire(now);
  EXPECT_EQ(outcomes["a"], "timed_out");
  EXPECT_EQ(mux.size(), 1U);
  EXPECT_EQ(mux.pending(), 0U);
  EXPECT_EQ(respond("p-1"), multiplexer::match::late);
  EXPECT_EQ(mux.size(), 0U);
  EXPECT_EQ(mux.next_deadline(), std::nullopt);
}

TEST_F(Multiplexer, ForgetsAMarkerInTheEnd) {
  mux.open();
  submit("a");
  write_all();
  now += 1s;
  mux.expire(now);
  submit("b", 20s);
  write_all();
  EXPECT_EQ(respond("p-2"), multiplexer::match::completed);
  now += 10s;
  mux.expire(now);
  EXPECT_EQ(mux.size(), 0U);
  EXPECT_FALSE(mux.stuck());  // it did answer something since
  EXPECT_EQ(respond("p-1"), multiplexer::match::stranger);
}

TEST_F(Multiplexer, IsStuckWhenNothingWasAnsweredSinceAForgottenAction) {
  mux.open();
  submit("a");
  write_all();
  mux.expire(now += 1s);
  EXPECT_FALSE(mux.stuck());
  mux.expire(now += 10s);
  EXPECT_TRUE(mux.stuck());
}

TEST_F(Multiplexer, AnActionThatWaitsBeyondItsDeadlineWasNotSentAndNeverIs) {
  submit("a");
  now += 1s;
  mux.expire(now);
  EXPECT_EQ(outcomes["a"], "not_sent");
  mux.open();
  EXPECT_EQ(mux.prepare_write(now), "");
  EXPECT_EQ(mux.size(), 0U);
}

TEST_F(Multiplexer, RefusesMoreThanItsLimitMarkersIncluded) {
  mux.open();
  submit("a");
  write_all();
  mux.expire(now += 1s);
  for (const char* name : {"b", "c", "d", "e"}) {
    submit(name);
  }
  EXPECT_EQ(outcomes["e"], "overloaded");
  EXPECT_FALSE(outcomes.contains("d"));
}

TEST_F(Multiplexer, ALossTellsWhatWasNeverSentFromWhatMayHaveBeen) {
  mux.open();
  submit("written");
  write_all();
  submit("begun");
  submit("staged");
  mux.prepare_write(now);
  mux.wrote(1);
  submit("waiting");
  mux.lose("gone");
  EXPECT_EQ(outcomes["written"], "outcome_unknown");
  EXPECT_EQ(outcomes["begun"], "outcome_unknown");
  EXPECT_EQ(outcomes["staged"], "not_sent");
  EXPECT_EQ(outcomes["waiting"], "not_sent");
  submit("later");
  EXPECT_EQ(outcomes["later"], "not_sent");
}

TEST_F(Multiplexer, ALossDoesNotCompleteAnAbandonedActionAgain) {
  mux.open();
  submit("a");
  write_all();
  mux.expire(now += 1s);
  mux.lose("gone");
  EXPECT_EQ(outcomes["a"], "timed_out");
}

TEST_F(Multiplexer, ACompletionMaySubmit) {
  mux.open();
  mux.submit(action("Ping"), now, now + 1s, {}, [this](const result<response>&) { submit("next"); });
  write_all();
  EXPECT_EQ(respond("p-1"), multiplexer::match::completed);
  EXPECT_NE(mux.prepare_write(now), "");
  mux.lose("gone");
  EXPECT_EQ(outcomes["next"], "not_sent");
}

TEST_F(Multiplexer, ReportsAnActionThatCannotBeEncoded) {
  mux.submit(action("Ping").add("A", "x\n"), now, now + 1s, {},
             [this](result<response> got) { note("a", std::move(got)); });
  EXPECT_EQ(outcomes["a"], "malformed");
  EXPECT_EQ(mux.size(), 0U);
}

}  // namespace
}  // namespace c2c::asterisk
