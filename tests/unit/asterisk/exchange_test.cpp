#include "asterisk/exchange.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "net/spawn.hpp"
#include "support/scripted_ami.hpp"

namespace c2c::asterisk {
namespace {

using namespace std::chrono_literals;
using test::ami_script;
using test::scripted_ami;

const std::string host = "127.0.0.1";

class Exchange : public testing::Test {
 protected:
  void TearDown() override {
    if (server) {
      EXPECT_EQ(server->surprises(), std::vector<std::string>{});
    }
  }

  // The exchange, as soon as it is asked for: until then the options may be changed.
  exchange& ami() {
    if (!made) {
      if (server) {
        options.port = server->port();
      }
      options.user = "click";
      options.secret = "hush";
      made = std::make_unique<exchange>(context, options);
      made->on_event([this](std::string_view from, const message& event) {
        log.push_back(std::string(from) + " " + std::string(event.get("Event")));
      });
      made->on_link([this](std::string_view, link_change change) {
        log.emplace_back(change == link_change::up ? "up" : "down");
      });
    }
    return *made;
  }

  scripted_ami& listen() {
    server = std::make_unique<scripted_ami>(context);
    return *server;
  }

  void run_until(const std::function<bool()>& reached) {
    while (!reached()) {
      context.run_one();
    }
  }

  // Starts an action; what becomes of it is in `log` under `name`, and in `answers`.
  void begin(const std::string& name, const std::string& to = host) {
    auto written = [this, name](std::string_view) { log.push_back(name + " written"); };
    asio::co_spawn(context.get_executor(), ami().execute(to, action("Originate").add("Name", name), written),
                   [this, name](const std::exception_ptr& bug, result<response> got) {
                     EXPECT_EQ(bug, nullptr);
                     log.push_back(name + " " + (got ? got->message : std::string(to_string(got.error().code))));
                     answers.push_back(std::move(got));
                   });
  }

  void finish(std::size_t count) {
    run_until([this, count] { return answers.size() >= count; });
  }

  void close() {
    bool closed = false;
    asio::co_spawn(context.get_executor(), ami().close(), [&closed](const std::exception_ptr&) { closed = true; });
    run_until([&closed] { return closed; });
  }

  bool logged(const std::string& what) const { return std::ranges::find(log, what) != log.end(); }

  asio::io_context context{1};
  exchange_options options;
  std::unique_ptr<scripted_ami> server;
  std::vector<std::string> log;
  std::vector<result<response>> answers;
  std::unique_ptr<exchange> made;
};

TEST_F(Exchange, LogsInSendsTheActionAndGivesItsResponse) {
  listen().plays(ami_script()
                     .logs_in("hush")
                     .expects("Originate")
                     .sends("Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n"));
  begin("a");
  finish(1);
  ASSERT_TRUE(answers[0]);
  EXPECT_TRUE(answers[0]->success);
  EXPECT_EQ(log, (std::vector<std::string>{"up", "a written", "a Originate successfully queued"}));
  EXPECT_EQ(message(server->actions().back()).get("ActionID"), answers[0]->action_id);
  ASSERT_EQ(ami().status().size(), 1U);
  EXPECT_TRUE(ami().status()[0].ready);
}

TEST_F(Exchange, FindsAServerByItsName) {
  listen().plays(ami_script().logs_in("hush").answers_everything());
  begin("a", "localhost");
  finish(1);
  EXPECT_TRUE(answers[0]);
}

TEST_F(Exchange, AnActionWaitsForASlowLogin) {
  listen().plays(ami_script().logs_in("hush", 50ms).answers_everything());
  begin("a");
  begin("b");
  finish(2);
  EXPECT_TRUE(answers[0] && answers[1]);
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(Exchange, GivesUpALoginThatTakesTooLong) {
  options.connect_timeout = 50ms;
  listen().plays(ami_script().logs_in("hush", 10s));
  begin("a");
  finish(1);
  EXPECT_EQ(answers[0].error().code, errc::not_sent);
  EXPECT_EQ(ami().status()[0].last_failure, "no log-in in time");
}

TEST_F(Exchange, RefusedIsNotSentAndTheNextActionDoesNotWait) {
  listen().stops_listening();
  begin("a");
  finish(1);
  EXPECT_EQ(answers[0].error().code, errc::not_sent);
  EXPECT_EQ(ami().status()[0].last_failure, "connection refused");
  EXPECT_EQ(ami().status()[0].failures, 1U);
  begin("b");
  context.poll();  // no timer has to pass for it
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].error().code, errc::not_sent);
}

TEST_F(Exchange, AWrongSecretIsToldFromADeadServerAndIsTriedAgain) {
  listen().plays(ami_script()
                     .sends("Asterisk Call Manager/9.0.0\r\n")
                     .expects("Challenge")
                     .sends("Response: Success\r\nActionID: {id}\r\nChallenge: 1\r\n\r\n")
                     .expects("Login")
                     .sends("Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n")
                     .closes());
  server->plays(ami_script().logs_in("hush").answers_everything());
  begin("a");
  finish(1);
  EXPECT_EQ(answers[0].error().code, errc::not_sent);
  EXPECT_EQ(ami().status()[0].last_failure, "authentication failed");
  run_until([this] { return logged("up"); });
  EXPECT_EQ(ami().status()[0].failures, 0U);
}

TEST_F(Exchange, TellsEventsInOrderAndBeforeTheCompletionOfALaterResponse) {
  listen().plays(
      ami_script()
          .logs_in("hush")
          .expects("Originate")
          .sends("Event: One\r\n\r\nEvent: Two\r\n\r\nResponse: Success\r\nActionID: {id}\r\nMessage: Done\r\n\r\n")
          .waits(1ms)
          .sends("Event: Th")
          .waits(1ms)
          .sends("ree\r\n\r\n"));
  begin("a");
  run_until([this] { return logged(host + " Three"); });
  EXPECT_EQ(log,
            (std::vector<std::string>{"up", "a written", host + " One", host + " Two", "a Done", host + " Three"}));
}

TEST_F(Exchange, ACloseAfterTheWriteIsOutcomeUnknownAndNothingIsSentTwice) {
  listen().plays(ami_script().logs_in("hush").expects("Originate").closes());
  server->plays(ami_script().logs_in("hush").answers_everything());
  begin("a");
  finish(1);
  EXPECT_EQ(answers[0].error().code, errc::outcome_unknown);
  run_until([this] { return std::ranges::count(log, "up") == 2; });
  begin("b");
  finish(2);
  EXPECT_TRUE(answers[1]);
  int originates = 0;
  for (const std::string& one : server->actions()) {
    originates += message(one).get("Name") == "a" ? 1 : 0;
  }
  EXPECT_EQ(originates, 1);
}

TEST_F(Exchange, HalfALineThenACloseIsALossLikeAnyOther) {
  listen().plays(ami_script().logs_in("hush").expects("Originate").sends("Response: Succ").closes());
  begin("a");
  finish(1);
  EXPECT_EQ(answers[0].error().code, errc::outcome_unknown);
}

TEST_F(Exchange, WhatCannotBeReadIsCountedAndCostsNoSession) {
  listen().plays(ami_script()
                     .logs_in("hush")
                     .expects("Originate")
                     .sends("Event: X\r\nNotes: ACME\nLtd\r\n\r\n%$\r\nResponse: Success\r\nActionID: {id}\r\n\r\n"));
  begin("a");
  finish(1);
  EXPECT_TRUE(answers[0]);
  EXPECT_EQ(ami().skipped(), 2U);
  EXPECT_FALSE(logged("down"));
}

TEST_F(Exchange, AnErrorOfOurOwnCostsTheSessionAndAnotherIsMade) {
  listen().plays(ami_script().logs_in("hush").sends("Event: X\r\n\r\n").answers_everything());
  server->plays(ami_script().logs_in("hush").answers_everything());
  const std::uint64_t before = net::unexpected_count();
  ami().on_event([](std::string_view, const message&) { throw std::runtime_error("a bug"); });
  ami().hold(host);
  run_until([this] { return std::ranges::count(log, "up") == 2; });
  EXPECT_EQ(log, (std::vector<std::string>{"up", "down", "up"}));
  EXPECT_EQ(net::unexpected_count(), before + 1);
  begin("a");
  finish(1);
  EXPECT_TRUE(answers[0]);
}

TEST_F(Exchange, AHalfOpenSessionIsNoticedAndDropped) {
  options.ping_interval = 20ms;
  options.silence_timeout = 60ms;
  listen().plays(ami_script().logs_in("hush").expects("Ping"));
  server->plays(ami_script().logs_in("hush").answers_everything());
  ami().hold(host);
  run_until([this] { return logged("down"); });
  EXPECT_EQ(ami().status()[0].last_failure, "silent for too long");
  run_until([this] { return std::ranges::count(log, "up") == 2; });
}

TEST_F(Exchange, AnsweredPingsKeepAQuietSessionUp) {
  options.ping_interval = 5ms;
  options.silence_timeout = 2s;
  listen().plays(ami_script().logs_in("hush").answers_everything());
  ami().hold(host);
  run_until([this] { return server->actions().size() >= 12; });
  EXPECT_EQ(log, (std::vector<std::string>{"up"}));
}

TEST_F(Exchange, ALateResponseIsDroppedAndTheSessionLivesOn) {
  options.response_timeout = 300ms;
  listen().plays(ami_script()
                     .logs_in("hush")
                     .expects("Originate", "late")
                     .expects("Originate", "good")
                     .succeeds("late")
                     .succeeds("good")
                     .answers_everything());
  begin("a");
  finish(1);
  EXPECT_EQ(answers[0].error().code, errc::timed_out);
  begin("b");
  finish(2);
  ASSERT_TRUE(answers[1]);
  EXPECT_FALSE(logged("down"));
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(Exchange, TenThousandActionsGoThroughOneSession) {
  options.max_pending_actions = 10'000;
  options.response_timeout = 60s;
  listen().plays(ami_script().logs_in("hush").answers_everything());
  for (int i = 0; i < 10'000; ++i) {
    asio::co_spawn(context.get_executor(), ami().execute(host, action("Ping")),
                   [this](const std::exception_ptr&, result<response> got) { answers.push_back(std::move(got)); });
  }
  finish(10'000);
  std::size_t good = 0;
  for (const auto& one : answers) {
    good += one && one->success ? 1U : 0U;
  }
  EXPECT_EQ(good, 10'000U);
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(Exchange, RefusesMoreThanItsLimitsAllow) {
  options.max_pending_actions = 1;
  options.max_links = 1;
  listen().plays(ami_script().logs_in("hush", 20ms).answers_everything());
  begin("a");
  begin("b");
  begin("c", "127.0.0.2");
  finish(3);
  EXPECT_TRUE(logged("b overloaded"));
  EXPECT_TRUE(logged("c overloaded"));
  EXPECT_EQ(ami().status().size(), 1U);
}

TEST_F(Exchange, AnUnusedLinkMakesRoomForANewOneButNotOneThatIsKeptUp) {
  options.max_links = 1;
  options.idle_life = 0ms;
  listen().plays(ami_script().logs_in("hush").answers_everything());
  begin("a");
  finish(1);
  begin("b", "localhost");
  finish(2);
  EXPECT_TRUE(answers[1]);
  ASSERT_EQ(ami().status().size(), 1U);
  EXPECT_EQ(ami().status()[0].host, "localhost");
  ami().hold("localhost");
  begin("c");
  finish(3);
  EXPECT_TRUE(logged("c overloaded"));
}

TEST_F(Exchange, ADeadServerThatNobodyAsksForIsForgotten) {
  options.idle_life = 0ms;
  listen().stops_listening();
  begin("a");
  run_until([this] { return ami().status().empty() && !answers.empty(); });
  EXPECT_EQ(answers[0].error().code, errc::not_sent);
}

TEST_F(Exchange, CloseWritesWhatWaitsLogsOffAndTakesNothingMore) {
  listen().plays(ami_script().logs_in("hush").expects("Originate", "a").expects("Logoff").succeeds("a").closes());
  ami().hold(host);
  run_until([this] { return logged("up"); });
  begin("a");
  context.poll_one();
  close();
  finish(1);
  EXPECT_TRUE(answers[0]);
  EXPECT_TRUE(ami().status().empty());
  begin("b");
  finish(2);
  EXPECT_EQ(answers[1].error().code, errc::not_sent);
}

TEST_F(Exchange, CloseEndsThoughTheServerSaysNothingAndNobodyIsLeftWaiting) {
  listen().plays(ami_script().logs_in("hush").expects("Originate").stops_reading());
  begin("a");
  begin("b", "127.0.0.2");  // refused: in its net::backoff by then
  run_until([this] { return logged("a written") && logged("b not_sent"); });
  close();
  finish(2);
  EXPECT_TRUE(logged("a outcome_unknown"));
  EXPECT_TRUE(ami().status().empty());
}

TEST_F(Exchange, AnExchangeDestroyedWithActionsPendingCompletesThem) {
  listen().plays(ami_script().logs_in("hush").expects("Originate"));
  begin("a");
  run_until([this] { return logged("a written"); });
  begin("b");
  context.poll_one();
  made.reset();
  finish(2);
  for (const auto& one : answers) {
    EXPECT_FALSE(one);
  }
}

TEST_F(Exchange, AContextThatStopsWithActionsPendingLeaksNothing) {
  listen().plays(ami_script().logs_in("hush").expects("Originate"));
  begin("a");
  begin("b", "127.0.0.2");
  run_until([this] { return logged("a written"); });
  begin("c");
  context.poll_one();
  SUCCEED();  // the sanitizers look at what is left
}

TEST_F(Exchange, AServerThatStopsReadingDoesNotHoldTheRestUp) {
  options.ping_interval = 20ms;
  options.silence_timeout = 100ms;
  options.max_pending_actions = 100'000;
  listen().plays(ami_script().logs_in("hush").stops_reading());
  const std::string filler(900, 'x');
  constexpr std::size_t count = 3'000;  // more than the sockets' buffers take
  for (std::size_t i = 0; i < count; ++i) {
    action big("Originate");
    for (int line = 0; line < 10; ++line) {
      big.add("Data", filler);
    }
    asio::co_spawn(context.get_executor(), ami().execute(host, std::move(big)),
                   [this](const std::exception_ptr&, result<response> got) { answers.push_back(std::move(got)); });
  }
  finish(count);
  std::size_t unknown = 0;
  std::size_t unsent = 0;
  for (const auto& one : answers) {
    unknown += one.error().code == errc::outcome_unknown ? 1U : 0U;
    unsent += one.error().code == errc::not_sent ? 1U : 0U;
  }
  EXPECT_EQ(unknown + unsent, count);
  EXPECT_GT(unknown, 0U);
  EXPECT_GT(unsent, 0U);
}

}  // namespace
}  // namespace c2c::asterisk
