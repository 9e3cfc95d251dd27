// What instances know of each other's calls, over a real Redis.
#include "cluster/sharing.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "support/call_events.hpp"
#include "support/run_task.hpp"

namespace c2c::call {
namespace {

using namespace std::chrono_literals;

struct listener final : follower {
  void on_change(const change& what, std::size_t number) override {
    EXPECT_EQ(number, first + told.size());
    told.push_back(what.what);
  }
  std::size_t first = 0;
  std::vector<state> told;
};

// One instance, but for its Asterisk: the tests say what that tells.
struct instance {
  instance(asio::io_context& context, const std::string& url, std::string name, std::chrono::milliseconds lease)
      : others(context, options_for(url, std::move(name), lease)), shared(context, calls, others, [](const auto&) {}) {
    calls.on_unwanted = [this](const std::string&, const std::string& channel) { hung_up.push_back(channel); };
    calls.regained("as1", steady_clock::now());
  }

  static peers::options options_for(const std::string& url, std::string name, std::chrono::milliseconds lease) {
    peers::options out;
    out.redis.link.server = redis::parse_url(url).value();
    out.name = std::move(name);
    out.lease = lease;
    return out;
  }

  std::shared_ptr<live_call> admit(const std::string& iden, const std::string& owner = "alice@d") {
    return calls.admit(iden, owner, "100", "as1").call;
  }
  void tell(const std::string& event) { calls.apply("as1", asterisk::message(event), steady_clock::now()); }

  board calls{{}};
  peers others;
  sharing shared;
  std::vector<std::string> hung_up;
};

class SharingIntegration : public testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("LAB_REDIS");  // NOLINT(concurrency-mt-unsafe): one thread
    if (url == nullptr) {
      GTEST_SKIP() << "LAB_REDIS is not set: start the lab (scripts/lab up --full) to run the tests on a real Redis";
    }
    std::random_device random;
    iden = "Iden-" + std::to_string(random());
    a.emplace(context, url, "a" + iden, 3s);
    b.emplace(context, url, "b" + iden, 3s);
  }
  void TearDown() override {
    for (auto* each : {&a, &b}) {
      if (*each) {
        (*each)->shared.stop();
      }
    }
  }

  template <class T>
  T run(task<T> work) {
    return test::run_task(context, std::move(work));
  }
  void until(const std::function<bool()>& done) {
    const auto deadline = steady_clock::now() + 15s;
    while (!done()) {
      ASSERT_LT(steady_clock::now(), deadline);
      context.restart();
      context.run_for(5ms);
    }
  }

  std::shared_ptr<live_call> placed_by(instance& home) {
    auto call = home.admit(iden);
    EXPECT_EQ(run(home.shared.claim(call)).value(), sharing::claimed::mine);
    home.tell(say().local_up(false));
    home.tell(say().dial_begin(1, "n1"));
    home.calls.place(*call, 1h, steady_clock::now());
    return call;
  }
  test::call_events say() const { return {iden}; }

  asio::io_context context{1};
  std::string iden;
  std::optional<instance> a;
  std::optional<instance> b;
};

TEST_F(SharingIntegration, AnIdenIsClaimedByOneInstance) {
  placed_by(*a);
  const auto retry = b->admit(iden);
  EXPECT_EQ(run(b->shared.claim(retry)).value(), sharing::claimed::placed);
  b->calls.release(*retry);
  const auto other = b->admit(iden, "bob@d");
  EXPECT_EQ(run(b->shared.claim(other)).error().code, errc::iden_in_use);
}

TEST_F(SharingIntegration, WhatFailedIsFreeAgain) {
  const auto call = a->admit(iden);
  EXPECT_EQ(run(a->shared.claim(call)).value(), sharing::claimed::mine);
  a->calls.withdraw(*call, failure(errc::not_sent), false, steady_clock::now());
  EXPECT_EQ(run(b->shared.claim(b->admit(iden))).value(), sharing::claimed::mine);
}

TEST_F(SharingIntegration, ARetryWaitsForTheFirstAttemptsOutcome) {
  const auto call = a->admit(iden);
  EXPECT_EQ(run(a->shared.claim(call)).value(), sharing::claimed::mine);
  asio::post(context, [&] { a->calls.place(*call, 1h, steady_clock::now()); });
  EXPECT_EQ(run(b->shared.claim(b->admit(iden))).value(), sharing::claimed::placed);
}

TEST_F(SharingIntegration, ACallIsFoundByItsOwnerAtEachInstance) {
  placed_by(*a);
  const auto seen = run(b->shared.find(iden, "alice@d"));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->there.told.back().what, state::calling_caller);
  EXPECT_EQ(run(b->shared.find(iden, "bob@d")).error().code, errc::unknown_call);
  EXPECT_EQ(run(b->shared.find("No-" + iden, "alice@d")).error().code, errc::unknown_call);
}

TEST_F(SharingIntegration, AFollowerHearsWhatTheHomeTells) {
  placed_by(*a);
  const auto who = std::make_shared<listener>();
  const auto told = run(b->shared.follow(iden, "alice@d", who));
  ASSERT_TRUE(told);
  who->first = told->size() + 1;
  a->tell(say().dial_end(1, "ANSWER"));
  until([&] { return who->told == std::vector{state::calling_callee}; });
  a->tell(say().hangup(iden));
  until([&] { return who->told.size() == 2; });
  EXPECT_EQ(b->shared.followed(), 0U) << "nothing comes after the last state";
}

TEST_F(SharingIntegration, WhoHasGoneIsToldNothingMore) {
  placed_by(*a);
  const auto who = std::make_shared<listener>();
  ASSERT_TRUE(run(b->shared.follow(iden, "alice@d", who)));
  b->shared.unfollow(iden, who.get());
  EXPECT_EQ(b->shared.followed(), 0U);
}

TEST_F(SharingIntegration, TheHomeHangsUp) {
  placed_by(*a);
  const auto seen = run(b->shared.find(iden, "alice@d"));
  const auto told = run(b->shared.cancel_there(seen->there, steady_clock::now() + 200ms));
  ASSERT_TRUE(told);
  EXPECT_FALSE(complete(*told)) << "it lives on until Asterisk says otherwise";
  EXPECT_GE(a->hung_up.size(), 1U);
  EXPECT_TRUE(b->hung_up.empty());
}

TEST_F(SharingIntegration, ACallWhoseHomeIsGoneIsTakenOverWithItsFollowers) {
  placed_by(*a);
  const auto who = std::make_shared<listener>();
  const auto told = run(b->shared.follow(iden, "alice@d", who));
  ASSERT_TRUE(told);
  who->first = told->size() + 1;
  asio::co_spawn(context, a->others.resign(), asio::detached);
  a->shared.stop();
  until([&] { return b->calls.find(iden, "alice@d") != nullptr; });
  b->tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_EQ(who->told, std::vector{state::failed});
  EXPECT_EQ(b->shared.taken_over(), 1U);
}

TEST_F(SharingIntegration, WhatRedisHasLostIsToldAgain) {
  placed_by(*a);
  until([&] { return run(b->shared.find(iden, "alice@d")).has_value(); });
  a->others.forget(iden);
  until([&] { return !run(b->shared.find(iden, "alice@d")).has_value(); });
  a->shared.tell_all_again();
  until([&] { return run(b->shared.find(iden, "alice@d")).has_value(); });
}

}  // namespace
}  // namespace c2c::call
