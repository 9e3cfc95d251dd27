#include "auth/guess_guard.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

namespace c2c::auth {
namespace {

// The wait before the attempt after so many failures.
std::chrono::seconds wait_after(unsigned failures, const guess_guard::options& chosen) {
  if (failures < chosen.free_failures) {
    return std::chrono::seconds(0);
  }
  // Past thirty doublings any first wait is over any longest one.
  const unsigned doublings = std::min(failures - chosen.free_failures, 30U);
  return std::min(chosen.longest_wait, chosen.first_wait * (std::int64_t{1} << doublings));
}

}  // namespace

guess_guard::guess_guard(std::size_t most, options chosen)
    : options_(chosen),
      sets_(chosen.free_failures > 0 ? std::bit_ceil(std::max(most, std::tuple_size_v<set>)) / std::tuple_size_v<set>
                                     : 0) {}

const guess_guard::record* guess_guard::find(std::uint64_t pair, steady_time now) const {
  if (sets_.size() == 0) {
    return nullptr;
  }
  const set& mine = sets_[pair & (sets_.size() - 1)];
  const auto found = std::ranges::find(mine, pair, &record::pair);
  return found != mine.end() && counts(*found, now) ? &*found : nullptr;
}

std::size_t guess_guard::held(steady_time now) const {
  std::size_t count = 0;
  for (std::size_t at = 0; at < sets_.size(); ++at) {
    count += static_cast<std::size_t>(
        std::ranges::count_if(sets_[at], [&](const record& kept) { return counts(kept, now); }));
  }
  return count;
}

std::chrono::nanoseconds guess_guard::wait(std::uint64_t pair, steady_time now) const {
  const record* const known = find(pair, now);
  if (known == nullptr) {
    return std::chrono::nanoseconds(0);
  }
  const steady_time until = known->last + wait_after(known->failures, options_);
  return std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(until - now));
}

void guess_guard::failed(std::uint64_t pair, steady_time now, std::uint32_t times) {
  if (sets_.size() == 0 || times == 0) {
    return;
  }
  set& mine = sets_[pair & (sets_.size() - 1)];
  auto found = std::ranges::find(mine, pair, &record::pair);
  if (found == mine.end()) {
    found = std::ranges::min_element(
        mine, {}, [&](const record& kept) { return std::tuple(counts(kept, now) ? kept.failures : 0U, kept.last); });
    forgotten_ += counts(*found, now) ? 1 : 0;
    *found = {};
  } else if (!counts(*found, now)) {
    found->failures = 0;
  }
  found->pair = pair;
  found->last = now;
  found->failures += std::min(times, std::numeric_limits<std::uint32_t>::max() - found->failures);
}

bool guess_guard::succeeded(std::uint64_t pair) {
  if (sets_.size() == 0) {
    return false;
  }
  set& mine = sets_[pair & (sets_.size() - 1)];
  const auto found = std::ranges::find(mine, pair, &record::pair);
  if (found == mine.end() || found->failures == 0) {
    return false;
  }
  *found = {};
  return true;
}

}  // namespace c2c::auth
