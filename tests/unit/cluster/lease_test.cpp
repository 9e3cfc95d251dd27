#include "cluster/lease.hpp"

#include <gtest/gtest.h>

namespace c2c::cluster {
namespace {

using namespace std::chrono_literals;

// A Redis that takes everything.
class willing final : public redis::commands {
 public:
  using commands::commands;
  void submit(std::span<const std::string_view>, redis::completion done) override { done(redis::answer{}); }
  void stop() override {}
};

class Lease : public ::testing::Test {
 protected:
  ~Lease() override { simulated = nullptr; }

  bool lapsed() const { return steady_clock::now() >= it.until(); }

  simulated_time time{.now = steady_time(1h), .wall = {}, .until_next_timer = {}};
  simulated_time* const in_force = simulated = &time;
  asio::io_context context{1};
  willing redis{context};
  lease it{context, redis, "i1", 3s};
};

TEST_F(Lease, LastsALifeFromEachSignOfIt) {
  EXPECT_EQ(it.until(), time.now + 3s);
  time.now += 2s;
  it.renew();
  EXPECT_EQ(it.until(), time.now + 3s);
  EXPECT_EQ(it.lapses(), 0U);
}

TEST_F(Lease, OnceOverItIsOverUntilItIsKnownWhatOthersHave) {
  time.now += 3s;
  EXPECT_TRUE(lapsed());
  it.renew();
  EXPECT_TRUE(lapsed());
  it.regain(it.lapses());
  EXPECT_FALSE(lapsed());
}

TEST_F(Lease, WhoStandsStillAgainWhileItLooksHasToLookAgain) {
  time.now += 4s;
  it.renew();
  const std::uint64_t looked_after = it.lapses();
  time.now += 4s;
  it.renew();
  it.regain(looked_after);
  EXPECT_TRUE(lapsed());
  it.regain(it.lapses());
  EXPECT_FALSE(lapsed());
}

}  // namespace
}  // namespace c2c::cluster
