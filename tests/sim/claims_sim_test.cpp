// A hundred thousand seeded claims against the plainest model there is: a map from key to expiry.
#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "nonces/table.hpp"

namespace c2c::nonces {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr int steps = 100'000;

struct ticket {
  key id;
  sys_seconds expires;
};

class simulation {
 public:
  simulation(std::uint64_t seed, std::size_t max_entries)
      : random_(seed), max_entries_(max_entries), table_(max_entries) {}

  void run() {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      // Time mostly stands still between two claims, and now and then leaps past everything.
      const auto dice = random_() % 10'000;
      now_ += seconds(dice == 0 ? 100 : dice < 100 ? 1 : 0);
      step(pick());
      most_bytes_ = std::max(most_bytes_, table_.bytes());
    }
    EXPECT_LE(most_bytes_, max_entries_ * 24 + 2048);
    table_.sweep(now_ + seconds(100));
    EXPECT_EQ(table_.entries(), 0U);
    EXPECT_LE(table_.bytes(), 1024U);
    EXPECT_GT(granted_, 1000);
    EXPECT_GT(repeated_, 1000);
  }

  int overloaded() const { return overloaded_; }

 private:
  // A new key, or one seen lately again: the same key always comes with the same expiry.
  ticket pick() {
    if (!seen_.empty() && random_() % 3 == 0) {
      return seen_[random_() % seen_.size()];
    }
    const key id = random_() % 1000 == 0 ? random_() % 3 : random_();
    const auto known = model_.find(id);
    const ticket fresh{id, known != model_.end() ? known->second : now_ + seconds(random_() % 32)};
    seen_.push_back(fresh);
    if (seen_.size() > 2000) {
      seen_.erase(seen_.begin(), seen_.begin() + 1000);
    }
    return fresh;
  }

  void step(ticket asked) {
    const auto known = model_.find(asked.id);
    const bool live = known != model_.end() && known->second > now_;
    const bool late = asked.expires <= now_;
    const auto claimed = table_.claim(asked.id, asked.expires, now_);
    if (claimed) {
      EXPECT_FALSE(live) << "a key was claimed twice within its life";
      EXPECT_FALSE(late) << "an expired key was claimed";
      model_[asked.id] = asked.expires;
      ++granted_;
    } else if (claimed.error().code == errc::overloaded) {
      EXPECT_EQ(table_.entries(), max_entries_);
      ++overloaded_;
    } else {
      EXPECT_TRUE(live || late) << "a fresh key was refused";
      repeated_ += live ? 1 : 0;
    }
    EXPECT_LE(table_.entries(), max_entries_);
    EXPECT_GE(table_.entries(), live ? 1U : 0U);
  }

  std::mt19937_64 random_;
  std::size_t max_entries_;
  claim_table table_;
  std::map<key, sys_seconds> model_;
  std::vector<ticket> seen_;
  sys_seconds now_{seconds(1'800'000'000)};
  std::size_t most_bytes_ = 0;
  int granted_ = 0;
  int repeated_ = 0;
  int overloaded_ = 0;
};

TEST(ClaimsSim, EachKeyIsClaimedOnceWithinItsLife) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    simulation sim(seed, 1'000'000);
    sim.run();
    EXPECT_EQ(sim.overloaded(), 0);
  }
}

TEST(ClaimsSim, AFullTableRefusesAndRecovers) {
  for (const std::uint64_t seed : {4U, 5U, 6U}) {
    SCOPED_TRACE(seed);
    simulation sim(seed, 500);
    sim.run();
    EXPECT_GT(sim.overloaded(), 0);
  }
}

}  // namespace
}  // namespace c2c::nonces
