#include "latencies.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace c2c::bench {
namespace {

using duration = std::chrono::steady_clock::duration;

double milliseconds(duration took) {
  return std::round(std::chrono::duration<double, std::micro>(took).count() * 10) / 10'000;
}

}  // namespace

boost::json::object latencies::summary() const {
  boost::json::object out{{"count", took_.size()}};
  if (took_.empty()) {
    return out;
  }
  auto sorted = took_;
  std::ranges::sort(sorted);
  // The nearest rank: a value that was measured, never one between two.
  const auto rank = [&](std::size_t percent) { return sorted[(sorted.size() * percent + 99) / 100 - 1]; };
  out["p50"] = milliseconds(rank(50));
  out["p90"] = milliseconds(rank(90));
  out["p99"] = milliseconds(rank(99));
  out["max"] = milliseconds(sorted.back());
  out["mean"] = milliseconds(std::accumulate(sorted.begin(), sorted.end(), duration(0)) /
                             static_cast<duration::rep>(sorted.size()));
  return out;
}

}  // namespace c2c::bench
