// Runs simulated clusters, a seed each. C2C_SIM_SEEDS is how many seeds, C2C_SIM_FIRST the first of them. A failure
// names its seed, is shortened to the calls and the disruptions that it needs, and shows what happened to the call.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "log/log.hpp"
#include "world.hpp"

namespace c2c::sim {
namespace {

constexpr std::size_t most_runs_to_shorten = 300;

std::uint64_t number_in(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// A broken invariant ends the program: the seed is told then, too.
std::array<char, 64> what_runs{};

void tell_what_runs(int) {
  static_cast<void>(::write(STDERR_FILENO, what_runs.data(), std::strlen(what_runs.data())));
}

struct outcome {
  std::string broken;
  std::string report;
  std::size_t calls = 0;
  std::size_t placed = 0;
  std::size_t disruptions = 0;
  milliseconds lived{};
};

outcome run(std::uint64_t seed, const left_out& without) {
  world simulated_one(seed, without);
  simulated_one.run();
  return {.broken = simulated_one.broken(),
          .report = simulated_one.failed() ? simulated_one.report() : "",
          .calls = simulated_one.calls(),
          .placed = simulated_one.placed(),
          .disruptions = simulated_one.disruptions(),
          .lived = simulated_one.lived()};
}

// Leaves out as much as it can of a run that fails, so that it still breaks the same promise (Zeller and Hildebrandt's
// delta debugging, by halves).
class shortener {
 public:
  shortener(std::uint64_t seed, outcome failed) : seed_(seed), whole_(std::move(failed)) {}

  std::string run() {
    without_.calls_from = whole_.calls;
    without_.disruptions_from = whole_.disruptions;
    leave_out(&left_out::disruptions, whole_.disruptions);
    leave_out(&left_out::calls, whole_.calls);
    leave_out(&left_out::disruptions, whole_.disruptions);
    return fmt::format("{}shortened in {} runs to {} of {} calls and {} of {} disruptions: {}", whole_.report, runs_,
                       whole_.calls - without_.calls.size(), whole_.calls,
                       whole_.disruptions - without_.disruptions.size(), whole_.disruptions,
                       sim::run(seed_, without_).report);
  }

 private:
  void leave_out(std::set<std::size_t> left_out::* of, std::size_t count) {
    for (std::size_t size = std::max<std::size_t>(count / 2, 1); runs_ < most_runs_to_shorten; size /= 2) {
      for (std::size_t from = 0; from < count && runs_ < most_runs_to_shorten; from += size) {
        left_out more = without_;
        for (std::size_t i = from; i < std::min(count, from + size); ++i) {
          (more.*of).insert(i);
        }
        if ((more.*of).size() != (without_.*of).size() && still_fails(more)) {
          without_ = std::move(more);
        }
      }
      if (size <= 1) {
        return;
      }
    }
  }
  bool still_fails(const left_out& without) {
    ++runs_;
    return sim::run(seed_, without).broken == whole_.broken;
  }

  std::uint64_t seed_;
  outcome whole_;
  left_out without_;
  std::size_t runs_ = 0;
};

TEST(ClusterSim, HoldsItsPromisesWhateverTheWorldDoes) {
  log::start(log::level::off, log::line_format::text);
  std::signal(SIGABRT, tell_what_runs);
  const std::uint64_t first = number_in("C2C_SIM_FIRST", 1);
  const std::uint64_t seeds = number_in("C2C_SIM_SEEDS", 60);
  milliseconds lived{};
  std::size_t calls = 0;
  std::size_t placed = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    *fmt::format_to_n(what_runs.data(), what_runs.size() - 1, "\nC2C_SIM_FIRST={} C2C_SIM_SEEDS=1\n", seed).out = '\0';
    const outcome one = run(seed, {});
    lived += one.lived;
    calls += one.calls;
    placed += one.placed;
    if (!one.broken.empty()) {
      std::printf("seed %llu breaks a promise, and is shortened\n", static_cast<unsigned long long>(seed));
      std::fflush(stdout);
      FAIL() << "seed " << seed << ": " << shortener(seed, one).run();
    }
  }
  EXPECT_GT(placed, 0U) << "a cluster that places nothing proves nothing";
  std::printf("%llu seeds, %lld simulated minutes, %zu calls, %zu placed\n", static_cast<unsigned long long>(seeds),
              static_cast<long long>(std::chrono::duration_cast<std::chrono::minutes>(lived).count()), calls, placed);
}

}  // namespace
}  // namespace c2c::sim
