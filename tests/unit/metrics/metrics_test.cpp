#include "metrics/metrics.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::metrics {
namespace {

using namespace std::chrono_literals;

constexpr steady_time start{1h};

TEST(Histogram, PutsADurationIntoTheFirstBucketThatIsNotTooSmall) {
  histogram some;
  some.observe(0ns);
  some.observe(100us);
  some.observe(100us + 1ns);
  some.observe(10s);
  some.observe(11s);
  EXPECT_EQ(some.bucket(0), 2);
  EXPECT_EQ(some.bucket(1), 1);
  EXPECT_EQ(some.bucket(histogram::bounds.size() - 1), 1);
  EXPECT_EQ(some.bucket(histogram::bounds.size()), 1);
  EXPECT_EQ(some.sum(), 21s + 200us + 1ns);
}

TEST(Histogram, HasBoundsThatGrow) {
  for (std::size_t i = 1; i < histogram::bounds.size(); ++i) {
    EXPECT_LT(histogram::bounds[i - 1], histogram::bounds[i]);
  }
}

TEST(Counter, LosesNothingThatThreadsAddAtOnce) {
  counter all;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&all] {
      for (int k = 0; k < 10'000; ++k) {
        all.add();
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_EQ(all.value(), 40'000);
}

TEST(HttpMetrics, CountAnAnswerByItsEndpointAndStatus) {
  http_metrics some;
  some.note(endpoint::call, 403, 3ms);
  some.note_refused(413);
  const auto count = [&some](endpoint which, std::uint16_t status) {
    return some.endpoints[static_cast<std::size_t>(which)].answers[code_index(status)].value();
  };
  EXPECT_EQ(count(endpoint::call, 403), 1);
  EXPECT_EQ(count(endpoint::call, 200), 0);
  EXPECT_EQ(count(endpoint::other, 413), 1);
  EXPECT_EQ(some.endpoints[static_cast<std::size_t>(endpoint::call)].duration.sum(), 3ms);
  EXPECT_EQ(some.endpoints[static_cast<std::size_t>(endpoint::other)].duration.sum(), 0ms);
}

TEST(HttpMetrics, HaveAPlaceForEveryStatusThereIs) {
  for (std::size_t i = 0; i < known_codes.size(); ++i) {
    EXPECT_EQ(code_index(known_codes[i]), i);
  }
  for (const int strange : {0, 100, 299, 418, 599, 600, 65'535}) {
    EXPECT_EQ(code_index(static_cast<std::uint16_t>(strange)), code_count - 1) << strange;
  }
}

TEST(Backend, CountsOnlyWhatIsItsOwnFaultOrALimit) {
  backend_metrics one;
  one.note(result<int>(1), 1ms, start);
  one.note(result<int>(fail(errc::not_found)), 1ms, start);
  one.note(result<int>(fail(errc::invalid_nonce)), 1ms, start);
  EXPECT_EQ(one.errors().value(), 0);
  one.note(result<int>(fail(errc::backend_unavailable)), 1ms, start);
  one.note(result<int>(fail(errc::overloaded)), 1ms, start);
  EXPECT_EQ(one.errors().value(), 2);
  EXPECT_EQ(one.duration().sum(), 5ms);
}

class StateOf : public testing::Test {
 protected:
  health state(steady_time now) const { return all.state_of(backend::directory, 15s, now); }
  backend_metrics& of(std::size_t worker) { return all.of_worker(worker).calls.of(backend::directory); }

  registry all;
};

TEST_F(StateOf, IsUnknownUntilSomebodyAsked) {
  all.of_worker(1);
  EXPECT_EQ(state(start), health::unknown);
}

TEST_F(StateOf, IsWhatWasHeardLastByWhicheverWorker) {
  of(0).note_state(true, start);
  EXPECT_EQ(state(start), health::answers);
  of(1).note_state(false, start + 1s);
  EXPECT_EQ(state(start + 2s), health::fails);
  of(0).note_state(true, start + 2s);
  EXPECT_EQ(state(start + 2s), health::answers);
}

TEST_F(StateOf, ForgetsAFailureThatNothingFollowed) {
  of(0).note_state(false, start);
  EXPECT_EQ(state(start + 14s), health::fails);
  EXPECT_EQ(state(start + 15s), health::unknown);
}

TEST_F(StateOf, LearnsNothingFromALimitOfOurOwn) {
  of(0).note_state(false, start);
  of(0).note(result<int>(fail(errc::overloaded)), 1ms, start + 1s);
  EXPECT_EQ(state(start + 2s), health::fails);
}

TEST(Metrics, KeepWhatTheyGaveAwayWhereItIs) {
  registry all;
  worker_metrics* const first = &all.of_worker(0);
  all.of_worker(255);
  EXPECT_EQ(&all.of_worker(0), first);
  EXPECT_EQ(all.workers().size(), 256);
}

}  // namespace
}  // namespace c2c::metrics
