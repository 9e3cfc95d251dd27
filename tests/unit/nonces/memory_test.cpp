#include "nonces/memory.hpp"

#include <atomic>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

namespace c2c::nonces {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds start{seconds(1'800'000'000)};

struct manual_clock {
  std::atomic<sys_seconds::rep> at = start.time_since_epoch().count();
  std::function<sys_seconds()> now() {
    return [this] { return sys_seconds(seconds(at.load())); };
  }
};

TEST(ClaimsMemory, AnswersAsAStore) {
  manual_clock clock;
  memory store({.max_entries = 100, .now = clock.now()});
  asio::io_context io(1);
  std::vector<result<void>> answers;
  for (int i = 0; i < 2; ++i) {
    asio::co_spawn(
        io, store.claim(42, start + seconds(31)),
        [&answers](const std::exception_ptr&, result<void> answer) { answers.push_back(std::move(answer)); });
  }
  io.run();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().code, errc::invalid_nonce);
}

TEST(ClaimsMemory, OfManyThreadsThatRaceForAKeyOneWins) {
  manual_clock clock;
  memory store({.max_entries = 100'000, .now = clock.now()});
  constexpr int keys = 5000;
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::mt19937_64 same(7);
      for (int i = 0; i < keys; ++i) {
        won += store.claim_now(same(), start + seconds(31)) ? 1 : 0;
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_EQ(won, keys);
  EXPECT_EQ(store.entries(), static_cast<std::size_t>(keys));
}

TEST(ClaimsMemory, TakesAtMost24BytesAnEntryAtEverySize) {
  manual_clock clock;
  memory store({.max_entries = 1'000'000, .now = clock.now()});
  std::mt19937_64 random(3);
  std::size_t entries = 0;
  double worst = 0;
  while (entries < 300'000) {
    // As nonces are: their expiry lies up to half a minute ahead.
    ASSERT_TRUE(store.claim_now(random(), start + seconds(random() % 31 + 1)));
    ++entries;
    if (entries >= 500 && (entries < 5000 || entries % 500 == 0)) {
      worst = std::max(worst, static_cast<double>(store.bytes()) / static_cast<double>(entries));
    }
  }
  EXPECT_LE(worst, 24);
}

TEST(ClaimsMemory, AFloodIsRefusedAndCounted) {
  manual_clock clock;
  memory store({.max_entries = 8000, .now = clock.now()});
  std::mt19937_64 random(4);
  std::uint64_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto claimed = store.claim_now(random(), start + seconds(31));
    if (!claimed) {
      EXPECT_EQ(claimed.error().code, errc::overloaded);
      ++refused;
    }
  }
  EXPECT_EQ(store.refused(), refused);
  EXPECT_EQ(store.entries(), 8000U);
  EXPECT_EQ(refused, 12'000U);
  EXPECT_LE(store.bytes(), 8000U * 24);
}

TEST(ClaimsMemory, GivesItsMemoryBackAfterTheKeysExpire) {
  manual_clock clock;
  memory store({.max_entries = 1'000'000, .now = clock.now()});
  std::mt19937_64 random(5);
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(store.claim_now(random(), start + seconds(31)));
  }
  clock.at += 31 + claim_table::period_seconds;
  store.sweep();
  EXPECT_EQ(store.entries(), 0U);
  EXPECT_LT(store.bytes(), 10'000U);
}

TEST(ClaimsMemory, UsesTheSystemClockUnlessTold) {
  memory store;
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  EXPECT_TRUE(store.claim_now(1, now + seconds(600)));
  EXPECT_FALSE(store.claim_now(2, now - seconds(600)));
}

}  // namespace
}  // namespace c2c::nonces
