#include "asterisk/session.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::asterisk {
namespace {

using namespace std::chrono_literals;

class Session : public testing::Test {
 protected:
  Session() {
    events.ready = [this] { log.emplace_back("ready"); };
    events.event = [this](const message& event) { log.push_back("event " + std::string(event.get("Event"))); };
    options.user = "click";
    options.secret = "hush";
    options.connect_timeout = 2s;
    options.ping_interval = 2s;
    options.silence_timeout = 5s;
    options.limits = {.max_pending_actions = 10, .marker_life = 10s};
  }

  void feed(std::string_view bytes) {
    std::ranges::copy(bytes, it.room().begin());
    it.received(bytes.size(), now);
  }

  // What the session writes next, all of it.
  std::string written() {
    std::string out;
    for (auto bytes = it.to_write(now); !bytes.empty(); bytes = it.to_write(now)) {
      out.append(bytes);
      it.wrote(bytes.size());
    }
    return out;
  }

  static std::string id_of(const std::string& action) { return std::string(message(action).get("ActionID")); }

  void succeed(const std::string& action, const std::string& more = "") {
    feed("Response: Success\r\nActionID: " + id_of(action) + "\r\n" + more + "\r\n");
  }

  void log_in() {
    feed("Asterisk Call Manager/9.0.0\r\n");
    succeed(written(), "Challenge: 840415273\r\n");
    succeed(written(), "Message: Authentication accepted\r\n");
    ASSERT_TRUE(it.ready());
  }

  void submit(const std::string& name) {
    it.submit(action("Originate").add("Name", name), now, now + 5s, {}, [this, name](const result<response>& got) {
      log.push_back(name + " " + (got ? "answered" : std::string(to_string(got.error().code))));
    });
  }

  std::string fault() const { return it.fault() ? it.fault()->detail : ""; }

  session_options options;
  action_ids ids{"p-"};
  session_events events;
  steady_time now{1h};
  session it{options, ids, events, now};
  std::vector<std::string> log;
};

TEST_F(Session, SaysNothingUntilItIsGreeted) {
  EXPECT_EQ(written(), "");
  feed("Asterisk Call");
  EXPECT_EQ(written(), "");
  feed(" Manager/9.0.0\r\n");
  EXPECT_TRUE(written().starts_with("Action: Challenge\r\nAuthType: MD5\r\n"));
}

TEST_F(Session, LogsInWithTheKeyOfTheChallengeAndAsksForCallEventsOnly) {
  feed("Asterisk Call Manager/9.0.0\r\n");
  succeed(written(), "Challenge: 840415273\r\n");
  const std::string login = written();
  EXPECT_EQ(message(login).get("Action"), "Login");
  EXPECT_EQ(message(login).get("Username"), "click");
  EXPECT_EQ(message(login).get("Events"), "call");
  // printf 840415273hush | md5sum
  EXPECT_EQ(message(login).get("Key"), "11e3de9a02761bd4b962e7eac4c82d56");
  EXPECT_EQ(login.find("hush"), std::string::npos);
}

TEST_F(Session, HoldsActionsBackUntilItIsLoggedIn) {
  submit("a");
  feed("Asterisk Call Manager/9.0.0\r\n");
  succeed(written(), "Challenge: 1\r\n");
  const std::string login = written();
  EXPECT_EQ(login.find("Originate"), std::string::npos);
  succeed(login);
  const std::string originate = written();
  EXPECT_TRUE(originate.starts_with("Action: Originate"));
  succeed(originate);
  EXPECT_EQ(log, (std::vector<std::string>{"ready", "a answered"}));
}

TEST_F(Session, AsksForItsEventFilterBeforeAnythingElse) {
  options.event_filter = "!^Event: Newexten";
  submit("a");
  log_in();
  const std::string filter = written();
  EXPECT_TRUE(filter.starts_with("Action: Filter\r\nOperation: Add\r\nFilter: !^Event: Newexten\r\n")) << filter;
  EXPECT_GT(filter.find("Action: Originate"), filter.find("Action: Filter"));
}

TEST_F(Session, GoesOnWithoutItsEventFilterWhereThatIsRefused) {
  options.event_filter = "!^Event: Newexten";
  log_in();
  feed("Response: Error\r\nActionID: " + id_of(written()) + "\r\nMessage: Permission denied\r\n\r\n");
  EXPECT_EQ(fault(), "");
  submit("a");
  succeed(written());
  EXPECT_EQ(log, (std::vector<std::string>{"ready", "a answered"}));
}

TEST_F(Session, ARefusedLoginIsAFailureOfItsOwn) {
  submit("a");
  feed("Asterisk Call Manager/9.0.0\r\n");
  succeed(written(), "Challenge: 1\r\n");
  feed("Response: Error\r\nActionID: " + id_of(written()) + "\r\nMessage: Authentication failed\r\n\r\n");
  ASSERT_TRUE(it.fault());
  EXPECT_EQ(it.fault()->code, errc::rejected);
  EXPECT_EQ(fault(), "authentication failed");
  it.finish();
  EXPECT_EQ(log, (std::vector<std::string>{"a not_sent"}));
}

TEST_F(Session, GivesUpWhenTheLoginTakesTooLong) {
  feed("Asterisk Call Manager/9.0.0\r\n");
  EXPECT_EQ(it.next_deadline(), now + 2s);
  now += 2s - 1ms;
  it.advance(now);
  EXPECT_EQ(fault(), "");
  now += 1ms;
  it.advance(now);
  EXPECT_EQ(fault(), "no log-in in time");
}

TEST_F(Session, AnotherServiceOnThePortIsRefusedBeforeAnythingIsSaid) {
  feed("220 mail ESMTP\r\n");
  EXPECT_EQ(it.fault()->code, errc::malformed);
  EXPECT_EQ(written(), "");
}

TEST_F(Session, EventsAndResponsesAreToldInTheirOrder) {
  log_in();
  submit("a");
  const std::string id = id_of(written());
  feed("Event: One\r\n\r\nResponse: Success\r\nActionID: " + id + "\r\n\r\nEvent: Two\r\nResponse: Failure\r\n\r\n");
  EXPECT_EQ(log, (std::vector<std::string>{"ready", "event One", "a answered", "event Two"}));
}

TEST_F(Session, PingsAfterASilenceAndGivesUpWhenNothingComes) {
  log_in();
  EXPECT_EQ(it.next_deadline(), now + 2s);
  now += 2s;
  it.advance(now);
  EXPECT_TRUE(written().starts_with("Action: Ping\r\n"));
  it.advance(now + 1s);
  EXPECT_EQ(written(), "");  // one is enough
  EXPECT_EQ(it.next_deadline(), now + 3s);
  now += 3s;
  it.advance(now);
  EXPECT_EQ(fault(), "silent for too long");
}

TEST_F(Session, AnyByteEndsASilence) {
  log_in();
  for (int i = 0; i < 10; ++i) {
    now += 2s;
    it.advance(now);
    now += 2s;
    feed("E");  // never a whole message
    it.advance(now);
    EXPECT_EQ(fault(), "");
  }
}

TEST_F(Session, AsksBeforeItBelievesThatNobodyAnsweredWhileTheProcessWasStopped) {
  log_in();
  now += 1h;
  it.advance(now);
  EXPECT_EQ(fault(), "");
  EXPECT_TRUE(written().starts_with("Action: Ping\r\n"));
  now += 3s;
  it.advance(now);
  EXPECT_EQ(fault(), "silent for too long");
}

TEST_F(Session, GivesUpOnAPeerThatSendsEventsAndAnswersNothing) {
  log_in();
  submit("a");
  written();
  for (int i = 0; i < 30 && !it.fault(); ++i) {
    now += 1s;
    feed("Event: X\r\n\r\n");
    it.advance(now);
  }
  EXPECT_EQ(fault(), "answers nothing any more");
  EXPECT_EQ(std::ranges::count(log, "a timed_out"), 1);
}

TEST_F(Session, WhatCannotBeReadCostsNeitherItNorTheMessagesAround) {
  log_in();
  submit("a");
  const std::string bytes = written();
  feed("Event: X\r\nnonsense\r\n\r\n: \r\n\r\n");
  succeed(bytes);
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(it.skipped(), 2U);
  EXPECT_EQ(log, (std::vector<std::string>{"ready", "event X", "a answered"}));
}

TEST_F(Session, LeavesAfterWhatWaitsWasWritten) {
  log_in();
  submit("a");
  it.leave(now, 800ms);
  submit("b");
  const std::string bytes = written();
  EXPECT_LT(bytes.find("Action: Originate"), bytes.find("Action: Logoff"));
  succeed(bytes);
  EXPECT_EQ(it.next_deadline(), now + 800ms);
  it.advance(now + 800ms);
  EXPECT_NE(fault(), "");
  it.finish();
  EXPECT_EQ(log, (std::vector<std::string>{"ready", "b not_sent", "a answered"}));
}

TEST_F(Session, AUserNameThatCannotBeCarriedIsAFault) {
  options.user = "a\r\nAction: Command";
  feed("Asterisk Call Manager/9.0.0\r\n");
  succeed(written(), "Challenge: 1\r\n");
  EXPECT_EQ(it.fault()->code, errc::malformed);
  EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace c2c::asterisk
