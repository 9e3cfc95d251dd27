// The exchange on a real Asterisk.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "asterisk/event_filter.hpp"
#include "asterisk/exchange.hpp"
#include "asterisk/translate.hpp"

namespace c2c::asterisk {
namespace {

class AmiIntegration : public testing::Test {
 protected:
  void SetUp() override {
    host_ = setting("LAB_AS1");
    const std::string port = setting("LAB_AMI_PORT");
    options_.user = setting("LAB_AMI_USER");
    options_.secret = setting("LAB_AMI_SECRET");
    if (host_.empty() || port.empty() || options_.user.empty() || options_.secret.empty()) {
      GTEST_SKIP() << "LAB_AS1, LAB_AMI_PORT, LAB_AMI_USER and LAB_AMI_SECRET are not all set: start the lab "
                      "(scripts/lab up) to run the tests on a real Asterisk";
    }
    options_.port = static_cast<std::uint16_t>(std::stoi(port));
  }

  static std::string setting(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

  exchange& ami() {
    if (!made_) {
      made_ = std::make_unique<exchange>(context_, options_);
      made_->on_event([this](std::string_view, const message& event) { events_.emplace_back(event.text()); });
      made_->on_link([this](std::string_view, link_change change) { ups_ += change == link_change::up ? 1 : 0; });
    }
    return *made_;
  }

  void run_until(const std::function<bool()>& reached) {
    while (!reached()) {
      context_.run_one();
    }
  }

  result<response> execute(action what) {
    std::optional<result<response>> out;
    asio::co_spawn(context_.get_executor(), ami().execute(host_, std::move(what)),
                   [&out](const std::exception_ptr& bug, result<response> got) {
                     EXPECT_EQ(bug, nullptr);
                     out.emplace(std::move(got));
                   });
    run_until([&out] { return out.has_value(); });
    return std::move(*out);
  }

  void close() {
    bool closed = false;
    asio::co_spawn(context_.get_executor(), ami().close(), [&closed](const std::exception_ptr&) { closed = true; });
    run_until([&closed] { return closed; });
  }

  asio::io_context context_{1};
  exchange_options options_;
  std::string host_;
  std::vector<std::string> events_;
  int ups_ = 0;
  std::unique_ptr<exchange> made_;
};

TEST_F(AmiIntegration, LogsInAndPings) {
  const auto pong = execute(action("Ping"));
  ASSERT_TRUE(pong) << pong.error().detail;
  EXPECT_TRUE(pong->success);
  EXPECT_TRUE(ami().status()[0].ready);
  close();
}

TEST_F(AmiIntegration, AWrongSecretIsAFailedAuthentication) {
  options_.secret += "x";
  const auto pong = execute(action("Ping"));
  ASSERT_FALSE(pong);
  EXPECT_EQ(pong.error().code, errc::not_sent);
  EXPECT_EQ(ami().status()[0].last_failure, "authentication failed");
  close();
}

TEST_F(AmiIntegration, AnActionThatAsteriskDoesNotKnowIsAnErrorAndTheSessionLivesOn) {
  const auto answer = execute(action("NoSuchActionAtAll"));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_FALSE(answer->success);
  EXPECT_NE(answer->message, "");
  EXPECT_TRUE(execute(action("Ping")));
  EXPECT_EQ(ups_, 1);
  close();
}

TEST_F(AmiIntegration, AnEndpointThatDoesNotExistIsQueuedAndThenFailsInAnEventOfTheSameActionId) {
  action originate("Originate");
  originate.add("Channel", "PJSIP/no-such-endpoint").add("Application", "Wait").add("Data", "1");
  originate.add("Timeout", "2000").add("Async", "true");
  const auto queued = execute(originate);
  ASSERT_TRUE(queued) << queued.error().detail;
  ASSERT_TRUE(queued->success) << queued->message;
  std::string outcome;
  run_until([&] {
    for (const std::string& text : events_) {
      const message event(text);
      if (event.get("Event") == "OriginateResponse" && event.get("ActionID") == queued->action_id) {
        outcome = std::string(event.get("Response"));
      }
    }
    return !outcome.empty();
  });
  EXPECT_EQ(outcome, "Failure");
  close();
}

TEST_F(AmiIntegration, WithTheEventFilterAsteriskTellsOfTheCallsWithAnIdenAndOfNoOther) {
  options_.event_filter = asterisk::event_filter;
  const std::string iden = "filtered-" + std::to_string(std::random_device{}());
  const auto originate = [this](const std::string& channel_id) {
    action what("Originate");
    what.add("Channel", "Local/020@click2dial-target/n").add("Application", "Wait").add("Data", "1");
    if (!channel_id.empty()) {
      what.add("ChannelId", channel_id).add("OtherChannelId", channel_id + "-2");
    }
    const auto queued = execute(what.add("Async", "true"));
    ASSERT_TRUE(queued) << queued.error().detail;
    ASSERT_TRUE(queued->success) << queued->message;
    run_until([&] {
      return std::ranges::any_of(events_, [&](const std::string& text) {
        const message event(text);
        return event.get("Event") == "OriginateResponse" && event.get("ActionID") == queued->action_id;
      });
    });
  };
  originate("");
  originate(iden);
  const auto hung_up = [&](const std::string& text) {
    return message(text).get("Event") == "Hangup" && message(text).get("Uniqueid") == iden;
  };
  run_until([&] { return std::ranges::any_of(events_, hung_up); });
  int of_the_call = 0;
  for (const std::string& text : events_) {
    const message event(text);
    EXPECT_NE(event.get("Event"), "Newexten");
    if (event.get("Event") != "OriginateResponse") {
      const auto translated = translate(event);
      ASSERT_TRUE(translated) << text;
      EXPECT_EQ(translated->iden, iden) << text;
      ++of_the_call;
    }
  }
  EXPECT_GE(of_the_call, 3);  // at least a Newchannel of each half
  close();
}

TEST_F(AmiIntegration, ASessionThatWasLoggedOffIsMadeAgain) {
  ami().hold(host_);
  run_until([this] { return ups_ == 1; });
  ASSERT_TRUE(execute(action("Logoff")));  // Asterisk says Goodbye and closes
  run_until([this] { return ups_ == 2; });
  EXPECT_TRUE(execute(action("Ping")));
  close();
}

TEST_F(AmiIntegration, AThousandPipelinedPingsComeBackOnOneSession) {
  std::size_t good = 0;
  std::size_t done = 0;
  for (int i = 0; i < 1'000; ++i) {
    asio::co_spawn(context_.get_executor(), ami().execute(host_, action("Ping")),
                   [&good, &done](const std::exception_ptr&, const result<response>& got) {
                     ++done;
                     good += got && got->success ? 1U : 0U;
                   });
  }
  run_until([&done] { return done == 1'000; });
  EXPECT_EQ(good, 1'000U);
  EXPECT_EQ(ups_, 1);
  close();
}

}  // namespace
}  // namespace c2c::asterisk
