#include "schedule.hpp"

#include <algorithm>

namespace c2c::bench {
namespace {

steady_clock::duration seconds(double value) {
  return std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(value));
}

}  // namespace

void pace::add_options(CLI::App& to) {
  to.add_option("--count", count, "how many in all");
  to.add_option("--seconds", seconds, "for how long");
  auto* const evenly = to.add_option("--rate", rate, "so many a second, evenly spaced, instead of flat out");
  to.add_option("--burst", burst, "so many at the same moment, again and again")->excludes(evenly);
  to.add_option("--every-ms", every_ms, "from one burst to the next")->capture_default_str();
}

schedule::schedule(pace chosen, std::chrono::milliseconds lead) : pace_(chosen), start_(steady_clock::now() + lead) {}

std::optional<steady_time> schedule::next() {
  if (pace_.count > 0 && given_ >= pace_.count) {
    return std::nullopt;
  }
  steady_time due = std::max(start_, steady_clock::now());
  if (pace_.burst > 0) {
    due = start_ + std::chrono::milliseconds(pace_.every_ms * (given_ / pace_.burst));
  } else if (pace_.rate > 0) {
    due = start_ + seconds(static_cast<double>(given_) / pace_.rate);
  }
  if (pace_.seconds > 0 && due - start_ >= seconds(pace_.seconds)) {
    return std::nullopt;
  }
  ++given_;
  return due;
}

}  // namespace c2c::bench
