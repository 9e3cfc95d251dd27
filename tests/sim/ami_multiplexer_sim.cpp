// The multiplexer under seeded random orders of everything that can happen to it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "asterisk/multiplexer.hpp"

namespace c2c::asterisk {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_pending = 40;

class multiplexer_simulation {
 public:
  explicit multiplexer_simulation(unsigned seed) : random_(seed) { connect(); }

  void step() {
    switch (below(12)) {
      case 0:
      case 1:
      case 2: return submit();
      case 3:
      case 4: return write();
      case 5:
      case 6:
      case 7: return respond();
      case 8: return respond_to_a_stranger();
      case 9:
      case 10: return pass_time();
      default:
        if (below(40) == 0) {
          lose();
          connect();
        } else if (below(3) == 0) {
          open();
        }
    }
    EXPECT_LE(mux_->size(), max_pending);
  }

  void end() {
    lose();
    for (const auto& [name, it] : actions_) {
      EXPECT_EQ(it.completions, 1) << "action " << name;
    }
    EXPECT_GT(counts_["ok"], 100);
    for (const char* kind : {"not_sent", "outcome_unknown", "timed_out", "overloaded"}) {
      EXPECT_GT(counts_[kind], 0) << kind << " was never met";
    }
  }

 private:
  struct known {
    int completions = 0;
    std::string id;                    // once staged
    std::uint64_t begin = UINT64_MAX;  // in the stream of its session, once staged
    unsigned session = 0;
    bool answered = false;
  };

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  void connect() {
    mux_ =
        std::make_unique<multiplexer>(ids_, multiplexer_limits{.max_pending_actions = max_pending, .marker_life = 3s});
    ++session_;
    handed_over_ = staged_to_ = 0;
    last_staged_ = 0;
    sent_ids_.clear();
  }

  void open() { mux_->open(); }

  void submit() {
    const std::uint64_t name = ++last_name_;
    actions_[name].session = session_;
    mux_->submit(
        action("A" + std::to_string(name)).add("Filler", std::string(below(50), 'x')), now_,
        now_ + std::chrono::milliseconds(below(2'000)),
        [this, name](std::string_view id) { actions_[name].id = std::string(id); },
        [this, name](result<response> got) { complete(name, got); });
  }

  void complete(std::uint64_t name, const result<response>& got) {
    known& it = actions_[name];
    ++it.completions;
    EXPECT_EQ(it.completions, 1) << "action " << name;
    const std::string kind = got ? "ok" : std::string(to_string(got.error().code));
    ++counts_[kind];
    if (kind == "not_sent" || kind == "overloaded") {
      EXPECT_GE(it.begin, handed_over_) << "action " << name << " was handed over and is called " << kind;
    } else if (kind == "outcome_unknown" || kind == "timed_out") {
      EXPECT_NE(it.begin, UINT64_MAX) << "action " << name << " was never staged and is called " << kind;
    } else {
      EXPECT_TRUE(it.answered);
      EXPECT_EQ(got->action_id, it.id);
    }
  }

  void write() {
    const std::string_view bytes = mux_->prepare_write(now_);
    if (handed_over_ == staged_to_) {
      note_staged(bytes);
      staged_to_ += bytes.size();
    }
    ASSERT_EQ(bytes.size(), staged_to_ - handed_over_);
    if (!bytes.empty()) {
      const std::size_t taken = below(4) == 0 ? bytes.size() : below(static_cast<unsigned>(bytes.size()));
      handed_over_ += taken;
      mux_->wrote(taken);
    }
  }

  // Where each action of a new buffer begins, and that they are in the order in which they were submitted.
  void note_staged(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      ASSERT_TRUE(bytes.substr(at).starts_with("Action: A"));
      const std::uint64_t name = std::stoull(std::string(bytes.substr(at + 9, 20)));
      EXPECT_GT(name, last_staged_);
      last_staged_ = name;
      known& it = actions_[name];
      EXPECT_EQ(it.begin, UINT64_MAX) << "action " << name << " is written twice";
      EXPECT_EQ(it.session, session_);
      EXPECT_FALSE(it.id.empty());
      it.begin = staged_to_ + at;
      sent_ids_.push_back(name);
      at = bytes.find("\r\n\r\n", at) + 4;
    }
  }

  void answer(const std::string& id) {
    const std::string text = std::string(below(2) == 0 ? "Response: Success" : "response: Error") +
                             "\r\nActionID: " + id + "\r\nMessage: m\r\n";
    mux_->respond(message(text), now_);
  }

  // To any action of this session: the first time, again, late, out of order.
  void respond() {
    if (sent_ids_.empty()) {
      return;
    }
    const std::size_t recent = std::min<std::size_t>(sent_ids_.size(), 30);
    known& it = actions_[sent_ids_[sent_ids_.size() - 1 - below(static_cast<unsigned>(recent))]];
    it.answered = true;
    answer(it.id);
  }

  void respond_to_a_stranger() {
    const std::vector<std::string> strangers = {
        "", "q-1", "p-", "p-0", "p-" + std::to_string(last_name_ + 1'000'000), "p-1x"};
    answer(strangers[below(static_cast<unsigned>(strangers.size()))]);
  }

  void pass_time() {
    now_ += std::chrono::milliseconds(below(200));
    if (const auto next = mux_->next_deadline(); next && below(10) == 0) {
      now_ = std::max(now_, *next);
    }
    mux_->expire(now_);
    if (const auto next = mux_->next_deadline()) {
      EXPECT_GT(*next, now_);
    }
    if (mux_->stuck()) {
      lose();
      connect();
    }
  }

  void lose() {
    mux_->lose("lost");
    EXPECT_EQ(mux_->size(), 0U);
  }

  std::mt19937 random_;
  steady_time now_{1h};
  action_ids ids_{"p-"};
  std::unique_ptr<multiplexer> mux_;
  unsigned session_ = 0;
  std::uint64_t last_name_ = 0;
  std::uint64_t last_staged_ = 0;
  std::uint64_t staged_to_ = 0;    // bytes that have been in a buffer of this session
  std::uint64_t handed_over_ = 0;  // bytes of it that the kernel took
  std::map<std::uint64_t, known> actions_;
  std::vector<std::uint64_t> sent_ids_;
  std::map<std::string, int> counts_;
};

TEST(AmiMultiplexerSimulation, EachActionCompletesOnceAndIsNeverCalledUnsentOnceItsBytesWereHandedOver) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    multiplexer_simulation run(seed);
    for (int i = 0; i < 25'000 && !testing::Test::HasFailure(); ++i) {
      run.step();
    }
    run.end();
  }
}

}  // namespace
}  // namespace c2c::asterisk
