// What instances know of each other's calls, over a real Redis.
#include "cluster/sharing.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "asterisk/translate.hpp"
#include "redis/client.hpp"
#include "support/call_events.hpp"
#include "support/run_task.hpp"

namespace c2c::cluster {
namespace {

using namespace std::chrono_literals;
using call::board;
using call::call_view;
using call::change;
using call::follower;
using call::record;
using call::state;

struct listener final : follower {
  void on_change(const change& news, std::size_t number) override {
    EXPECT_EQ(number, first + told.size());
    told.push_back(news.state);
  }
  std::size_t first = 0;
  std::vector<state> told;
};

// One instance, but for its PBX: the tests say what that tells.
struct instance final : call::board_observer {
  instance(asio::io_context& context, const std::string& url, std::string name, std::chrono::milliseconds lease)
      : others(context, options_for(url, std::move(name), lease)), shared(context, calls, others) {
    calls.observe(*this);
    calls.server_ready("as1", steady_clock::now());
  }

  static peers::options options_for(const std::string& url, std::string name, std::chrono::milliseconds lease) {
    peers::options out;
    redis::options each;
    each.link.server = redis::parse_url(url).value();
    out.connect = redis::connector_to(std::move(each));
    out.name = std::move(name);
    out.lease = lease;
    return out;
  }

  call_view admit(const std::string& iden, const std::string& owner = "alice@d") {
    return calls.admit({iden, owner, "100"}, "as1", 1h, steady_clock::now()).call;
  }
  void tell(const std::string& event) {
    if (const auto translated = asterisk::translate(asterisk::message(event))) {
      calls.apply("as1", *translated, steady_clock::now());
    }
  }

  void hang_up(const call::live_call& call) override { hung_up.emplace_back(call.channel_to_end()); }
  void list_channels(const std::string&) override {}
  void hold(const std::string&) override {}
  void release(const std::string&) override {}
  void on_change(const call::live_call&, std::size_t) override {}
  void publish(const call::live_call& call) override { shared.publish(call); }
  void unpublish(const call::live_call& call) override { shared.unpublish(call); }

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
    for (auto* each : {&a, &b, &frozen}) {
      if (*each) {
        (*each)->shared.stop();
        (*each)->others.close();
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

  call_view placed_by(instance& home) {
    auto call = home.admit(iden);
    EXPECT_EQ(run(home.shared.claim(call, soon())).value(), sharing::claimed::mine);
    home.calls.sent(*call, "order");
    home.tell(say().local_up(false));
    home.tell(say().dial_begin(1, "n1"));
    home.calls.place(*call, steady_clock::now());
    return call;
  }
  // Of an instance whose lease is so short that a pause of 400 ms is a standstill.
  call_view claimed_by_frozen() {
    frozen.emplace(context, std::getenv("LAB_REDIS"), "frozen" + iden, 300ms);  // NOLINT(concurrency-mt-unsafe)
    auto call = frozen->admit(iden);
    EXPECT_EQ(run(frozen->shared.claim(call, soon())).value(), sharing::claimed::mine);
    return call;
  }
  // Null where it may not follow.
  std::shared_ptr<listener> follower_at(instance& other, const std::string& owner = "alice@d") {
    auto who = std::make_shared<listener>();
    const auto told = run(other.shared.follow(iden, owner, who));
    if (!told) {
      return nullptr;
    }
    who->first = told->size() + 1;
    return who;
  }
  void end(instance& home) {
    asio::co_spawn(context, home.others.resign(), asio::detached);
    home.shared.stop();
  }
  static steady_time soon() { return steady_clock::now() + 8s; }
  test::call_events say() const { return {iden}; }

  asio::io_context context{1};
  std::string iden;
  std::optional<instance> a;
  std::optional<instance> b;
  std::optional<instance> frozen;
};

TEST_F(SharingIntegration, AnIdenIsClaimedByOneInstance) {
  placed_by(*a);
  const auto retry = b->admit(iden);
  EXPECT_EQ(run(b->shared.claim(retry, soon())).value(), sharing::claimed::placed);
  b->calls.release(*retry, steady_clock::now());
  const auto other = b->admit(iden, "bob@d");
  EXPECT_EQ(run(b->shared.claim(other, soon())).error().code, errc::iden_in_use);
}

TEST_F(SharingIntegration, WhatFailedIsFreeAgain) {
  const auto call = a->admit(iden);
  EXPECT_EQ(run(a->shared.claim(call, soon())).value(), sharing::claimed::mine);
  a->calls.withdraw(*call, failure(errc::not_sent), false, steady_clock::now());
  EXPECT_EQ(run(b->shared.claim(b->admit(iden), soon())).value(), sharing::claimed::mine);
}

TEST_F(SharingIntegration, ARetryWaitsForTheFirstAttemptsOutcome) {
  const auto call = a->admit(iden);
  EXPECT_EQ(run(a->shared.claim(call, soon())).value(), sharing::claimed::mine);
  asio::post(context, [&] { a->calls.place(*call, steady_clock::now()); });
  EXPECT_EQ(run(b->shared.claim(b->admit(iden), soon())).value(), sharing::claimed::placed);
}

TEST_F(SharingIntegration, ACallIsFoundByItsOwnerAtEachInstance) {
  placed_by(*a);
  const auto seen = run(b->shared.find(iden, "alice@d"));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->there.history.back().state, state::calling_caller);
  EXPECT_EQ(run(b->shared.find(iden, "bob@d")).error().code, errc::unknown_call);
  EXPECT_EQ(run(b->shared.find("No-" + iden, "alice@d")).error().code, errc::unknown_call);
}

TEST_F(SharingIntegration, AFollowerHearsWhatTheHomeTells) {
  placed_by(*a);
  const auto who = follower_at(*b);
  ASSERT_TRUE(who);
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
  EXPECT_FALSE(call::complete(*told)) << "it lives on until Asterisk says otherwise";
  EXPECT_GE(a->hung_up.size(), 1U);
  EXPECT_TRUE(b->hung_up.empty());
}

TEST_F(SharingIntegration, ACallWhoseHomeIsGoneIsTakenOverWithItsFollowers) {
  placed_by(*a);
  const auto who = follower_at(*b);
  ASSERT_TRUE(who);
  end(*a);
  until([&] { return b->calls.find(iden, "alice@d") != nullptr; });
  b->tell("Event: CoreShowChannelsComplete\r\n");
  EXPECT_EQ(who->told, std::vector{state::failed});
  EXPECT_EQ(b->shared.taken_over(), 1U);
}

TEST_F(SharingIntegration, ACallThatIsFollowedWasAnsweredAlthoughItsRecordMaySayLess) {
  placed_by(*a);
  ASSERT_TRUE(follower_at(*b));
  record older = run(b->others.find(iden)).value().value();
  older.phase = call::phase::placing;  // as after a failover that lost the last write
  a->others.tell(older, 60s, [] {});
  until([&] { return run(b->others.find(iden)).value().value().phase == call::phase::placing; });
  end(*a);
  until([&] { return b->calls.find(iden, "alice@d") != nullptr; });
  EXPECT_EQ(b->shared.followed(), 0U);
}

TEST_F(SharingIntegration, ARetryThatIsBeingAnsweredDoesNotEndWhatIsFollowed) {
  placed_by(*a);
  const auto who = follower_at(*b);
  ASSERT_TRUE(who);
  end(*a);
  const auto retry = b->admit(iden);
  EXPECT_EQ(b->shared.adopt(run(b->others.find(iden)).value().value()).error().code, errc::overloaded);
  EXPECT_EQ(b->shared.followed(), 1U);
  EXPECT_TRUE(who->told.empty());
  EXPECT_EQ(run(b->shared.claim(retry, soon())).value(), sharing::claimed::placed);
  b->tell("Event: CoreShowChannelsComplete\r\n");
  until([&] { return who->told == std::vector{state::failed}; });
}

TEST_F(SharingIntegration, SomebodyElsesClickDoesNotEndWhatIsFollowed) {
  placed_by(*a);
  const auto who = follower_at(*b);
  ASSERT_TRUE(who);
  end(*a);
  const auto click = b->admit(iden, "bob@d");
  EXPECT_EQ(b->shared.adopt(run(b->others.find(iden)).value().value()).error().code, errc::overloaded);
  EXPECT_EQ(run(b->shared.claim(click, soon())).error().code, errc::iden_in_use);
  EXPECT_EQ(b->shared.followed(), 1U);
  EXPECT_TRUE(who->told.empty());
}

TEST_F(SharingIntegration, WhoFollowsACallIsNotToldOfAnothersOfThatIden) {
  placed_by(*a);
  ASSERT_TRUE(follower_at(*b));
  record other = run(b->others.find(iden)).value().value();
  other.owner = "bob@d";  // who has claimed it of a Redis that had lost it
  a->others.tell(other, 60s, [] {});
  until([&] { return run(b->shared.find(iden, "bob@d")).has_value(); });
  EXPECT_FALSE(follower_at(*b, "bob@d")) << "while the first one's call is followed there";
}

TEST_F(SharingIntegration, WhoStoodStillLetsGoOfWhatAnotherInstanceHasEnded) {
  const auto call = claimed_by_frozen();
  frozen->calls.sent(*call, "order");
  frozen->calls.withdraw(*call, failure(errc::timed_out), true, steady_clock::now());
  EXPECT_FALSE(frozen->shared.lapsed());
  std::this_thread::sleep_for(400ms);  // nothing of it runs
  EXPECT_TRUE(frozen->shared.lapsed());
  until([&] { return frozen->calls.size() == 0 || !frozen->shared.lapsed(); });
  EXPECT_EQ(frozen->calls.size(), 1U) << "nobody else has taken it";
  EXPECT_TRUE(run(b->others.find(iden)).value()) << "and it is still known to be taken";

  record other = run(b->others.find(iden)).value().value();
  other.home = "b" + iden;
  b->others.tell(other, 60s, [] {});
  std::this_thread::sleep_for(400ms);
  until([&] { return frozen->calls.size() == 0; });
  EXPECT_EQ(run(b->others.find(iden)).value().value().home, "b" + iden) << "whose record it is";
}

TEST_F(SharingIntegration, WhoStoodStillEndsWhatIsUnwantedWhereRedisHadLostItAndAStrangerHasItsIden) {
  const auto call = claimed_by_frozen();
  frozen->calls.sent(*call, "order");
  frozen->calls.withdraw(*call, failure(errc::timed_out), true, steady_clock::now());
  record other = run(b->others.find(iden)).value().value();
  other.home = "b" + iden;
  other.owner = "bob@d";
  other.server = "as2";
  std::this_thread::sleep_for(400ms);  // nothing of it runs
  b->others.tell(other, 60s, [] {});
  run(frozen->shared.settle(soon()));
  EXPECT_FALSE(frozen->shared.lapsed());
  frozen->hung_up.clear();
  frozen->tell(say().local_up(false));
  EXPECT_EQ(frozen->hung_up.size(), 1U);
  EXPECT_EQ(run(b->others.find(iden)).value().value().owner, "bob@d") << "whose record it is";
}

TEST_F(SharingIntegration, WhoStoodStillEndsItsOwnChannelsOnTheServerWhereAStrangersCallOfThatIdenIsRefused) {
  const auto call = claimed_by_frozen();
  frozen->calls.sent(*call, "order");
  frozen->tell(say().local_up(false));
  record other = run(b->others.find(iden)).value().value();
  other.home = "b" + iden;
  other.owner = "bob@d";
  std::this_thread::sleep_for(400ms);  // nothing of it runs
  b->others.tell(other, 60s, [] {});
  run(frozen->shared.settle(soon()));
  EXPECT_FALSE(frozen->shared.lapsed());
  frozen->calls.withdraw(*call, failure(errc::timed_out), true, steady_clock::now());
  EXPECT_EQ(frozen->hung_up.size(), 1U);
  EXPECT_EQ(run(b->others.find(iden)).value().value().owner, "bob@d") << "whose record it is";
}

TEST_F(SharingIntegration, WhoStoodStillAnswersNoCallThatAnotherInstanceHasTakenOver) {
  const auto call = claimed_by_frozen();
  record other = run(b->others.find(iden)).value().value();
  other.home = "b" + iden;
  std::this_thread::sleep_for(400ms);  // nothing of it runs
  b->others.tell(other, 60s, [] {});
  run(frozen->shared.settle(soon()));
  EXPECT_FALSE(frozen->shared.lapsed());
  ASSERT_TRUE(call->refused());
  EXPECT_EQ(call->refused()->code, errc::outcome_unknown);
  EXPECT_EQ(frozen->calls.size(), 0U);
  EXPECT_TRUE(frozen->hung_up.empty());
}

TEST_F(SharingIntegration, WhoStoodStillWritesNothingOverTheRecordOfWhoTookItsCall) {
  const auto call = claimed_by_frozen();
  frozen->calls.sent(*call, "order");
  record other = run(b->others.find(iden)).value().value();
  other.home = "b" + iden;
  other.phase = call::phase::placed;
  std::this_thread::sleep_for(400ms);  // nothing of it runs
  b->others.tell(other, 60s, [] {});
  until([&] { return run(b->others.find(iden)).value().value().home == other.home; });
  frozen->tell(say().local_up(false));
  frozen->tell(say().dial_begin(1, "n1"));
  run(frozen->shared.settle(soon()));
  EXPECT_EQ(run(b->others.find(iden)).value().value().home, other.home);
  EXPECT_EQ(frozen->calls.size(), 0U);
}

TEST_F(SharingIntegration, AClaimThatWasAnsweredWhileItsInstanceStoodStillIsMadeAgain) {
  asio::io_context still{1};
  instance late(still, std::getenv("LAB_REDIS"), "frozen" + iden, 300ms);  // NOLINT(concurrency-mt-unsafe)
  while (!late.shared.reachable()) {
    still.run_one();
  }
  std::optional<result<sharing::claimed>> claimed;
  asio::co_spawn(still, late.shared.claim(late.admit(iden), soon()),
                 [&](const std::exception_ptr&, const result<sharing::claimed>& got) { claimed = got; });
  while (!run(b->others.find(iden)).value()) {
    still.run_one();
  }
  ASSERT_FALSE(claimed) << "the answer is on its way";
  record other = run(b->others.find(iden)).value().value();
  other.home = "b" + iden;
  other.phase = call::phase::placed;
  b->others.tell(other, 60s, [] {});
  until([&] { return run(b->others.find(iden)).value().value().home == other.home; });
  std::this_thread::sleep_for(400ms);
  while (!claimed) {
    still.run_one();
  }
  EXPECT_EQ(claimed->value(), sharing::claimed::placed);
  late.shared.stop();
  late.others.close();
  still.run_for(1s);
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
}  // namespace c2c::cluster
