// The board and the calls' progress under random orders, losses and repeats of events, and sessions that break:
// whatever comes, a state never goes back, an end is final, nothing is held for ever.
#include <array>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "asterisk/translate.hpp"
#include "call/board.hpp"
#include "support/call_events.hpp"

namespace c2c::call {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> servers{"as1", "as2"};
constexpr std::size_t max_calls = 40;

class world final : board_observer {
 public:
  explicit world(std::uint64_t seed) : random_(seed) { calls_.observe(*this); }

  void step() {
    now_ += std::chrono::milliseconds(below(300));
    switch (below(14)) {
      case 12: follow(); break;
      case 13: cancel(); break;
      case 0: admit(); break;
      case 1: settle(); break;
      case 2: lose_or_regain(); break;
      case 3: calls_.sweep(now_); break;
      default: tell(); break;
    }
    check();
  }

  // Everything that was placed or withdrawn has had its time.
  void end() {
    for (auto& [iden, call] : mine_) {
      if (call->phase() == phase::placing) {
        calls_.withdraw(*call, failure(errc::timed_out), true, now_);
      }
    }
    // The first sweep ends what was never heard to end, the second forgets it.
    for (int sweep = 0; sweep < 2; ++sweep) {
      now_ += 24h;
      calls_.sweep(now_);
    }
    EXPECT_EQ(calls_.size(), 0U);
    EXPECT_TRUE(held_.empty()) << "no call is left, and a server is held";
    for (const auto& each : followers_) {
      EXPECT_TRUE(each->over) << "a follower was never told the end";
      EXPECT_EQ(each.use_count(), 1) << "somebody still holds a follower";
    }
    for (auto& [iden, call] : mine_) {
      EXPECT_EQ(call.use_count(), 1) << "somebody still holds " << iden;
    }
  }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  std::string some_iden() { return "Iden" + std::to_string(10 + below(60)); }

  void hang_up(const live_call&) override { ++hang_ups_; }
  void list_channels(const std::string&) override {}
  void hold(const std::string& server) override { EXPECT_TRUE(held_.insert(server).second); }
  void release(const std::string& server) override { EXPECT_EQ(held_.erase(server), 1U); }
  void on_change(const live_call&, std::size_t) override {}
  void publish(const live_call&) override {}
  void unpublish(const live_call&) override {}

  void apply(std::string_view server, const std::string& text) {
    if (const auto event = asterisk::translate(asterisk::message(text))) {
      calls_.apply(server, *event, now_);
    }
  }

  void admit() {
    const std::string iden = some_iden();
    const std::string_view server = servers.at(below(servers.size()));
    const auto [how, call] = calls_.admit({iden, "owner", "100"}, std::string(server), 1h, now_);
    EXPECT_EQ(call == nullptr, how == board::admission::full);
    if (how == board::admission::fresh) {
      calls_.sent(*call, "action-" + iden);
      mine_[iden] = call;
      seen_.erase(iden);
    }
  }

  void settle() {
    const auto found = mine_.find(some_iden());
    if (found == mine_.end() || found->second->phase() != phase::placing) {
      return;
    }
    if (below(3) == 0) {
      calls_.withdraw(*found->second, failure(errc::outcome_unknown), below(2) == 0, now_);
    } else {
      calls_.place(*found->second, now_);
    }
  }

  // Hears each change once and in order, and after the last nothing.
  struct listener : follower {
    void on_change(const change& news, std::size_t number) override {
      EXPECT_EQ(number, seen + 1);
      EXPECT_FALSE(over);
      seen = number;
      over = is_last(news.state);
    }
    std::size_t seen = 0;
    bool over = false;
  };

  void follow() {
    const auto call = calls_.find(some_iden(), "owner");
    if (!call || complete(call->history())) {
      return;
    }
    const auto who = std::make_shared<listener>();
    who->seen = call->history().size();
    if (calls_.follow(*call, who)) {
      followers_.push_back(who);
    }
  }

  void cancel() {
    if (const auto call = calls_.find(some_iden(), "owner")) {
      calls_.cancel(*call, now_);
    }
  }

  void lose_or_regain() {
    const std::string_view server = servers.at(below(servers.size()));
    if (below(2) == 0) {
      calls_.server_lost(server, now_);
      return;
    }
    calls_.server_ready(server, now_);
    if (below(2) == 0) {
      const test::call_events say{some_iden()};
      apply(server, say.listed(say.iden));
    }
    apply(server, "Event: CoreShowChannelsComplete\r\n");
  }

  void tell() {
    const test::call_events say{some_iden()};
    const std::array<std::string, 12> events{
        say.local_up(false),     say.local_up(true),      say.originate_dials(),
        say.newchannel("n1"),    say.dial_begin(1, "n1"), say.dial_end(1, "ANSWER"),
        say.dial_begin(2, "n2"), say.dial_end(2, "BUSY"), say.bridge_enter(say.iden, "b2", 2),
        say.hangup(say.iden),    say.hangup("n1"),        say.originate_response("action-" + say.iden, below(2) == 0),
    };
    const std::string& event = events.at(below(events.size()));
    const std::string_view server = servers.at(below(servers.size()));
    const int before = hang_ups_;
    const auto found = mine_.find(say.iden);
    const bool unwanted = found != mine_.end() && found->second->phase() == phase::withdrawn &&
                          on_board(found->second) && found->second->server() == server &&
                          event.starts_with("Event: Newchannel");
    apply(server, event);
    if (unwanted) {
      EXPECT_EQ(hang_ups_, before + 1) << "a withdrawn call that lives is hung up";
    }
  }

  static bool on_board(const call_view& call) { return call.use_count() > 1; }

  void check() {
    EXPECT_LE(calls_.size(), max_calls);
    for (const auto& [iden, call] : mine_) {
      auto& [state_before, over_before, why_before] = seen_[iden];
      EXPECT_GE(call->progress().now(), state_before) << iden;
      if (over_before) {
        EXPECT_TRUE(call->progress().over()) << iden;
        EXPECT_EQ(call->progress().why(), why_before) << iden;
      }
      if (call->progress().over()) {
        EXPECT_FALSE(call->progress().exists()) << iden;
        EXPECT_NE(call->progress().why(), reason::none) << iden;
      }
      state_before = call->progress().now();
      over_before = call->progress().over();
      why_before = call->progress().why();
    }
  }

  struct last_seen {
    state now = state::initiating;
    bool over = false;
    reason why = reason::none;
  };

  std::mt19937_64 random_;
  board calls_{{.max_calls = max_calls}};
  std::map<std::string, call_view> mine_;
  std::map<std::string, last_seen> seen_;
  int hang_ups_ = 0;
  std::set<std::string> held_;
  std::vector<std::shared_ptr<listener>> followers_;
  steady_time now_{};
};

TEST(BoardSim, HoldsItsPromisesWhateverComes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    world simulated(seed);
    for (int i = 0; i < 5'000 && !::testing::Test::HasFailure(); ++i) {
      simulated.step();
    }
    simulated.end();
  }
}

}  // namespace
}  // namespace c2c::call
