#include "auth/rate_table.hpp"

#include <algorithm>
#include <bit>

namespace c2c::auth {

rate_table::rate_table(std::size_t most, rate allowed)
    : allowed_(allowed),
      sets_(allowed.burst > 0 ? std::bit_ceil(std::max(most, std::tuple_size_v<set>)) / std::tuple_size_v<set> : 0) {}

rate_table::bucket& rate_table::bucket_of(std::uint64_t key, steady_time now) {
  set& mine = sets_[key & (sets_.size() - 1)];
  auto found = std::ranges::find(mine, key, &bucket::key);
  if (found == mine.end()) {
    found = std::ranges::min_element(mine, {}, &bucket::full_at);
    forgotten_ += found->full_at > now ? 1 : 0;
    *found = {.key = key, .full_at = now};
  }
  return *found;
}

std::size_t rate_table::held(steady_time now) const {
  std::size_t count = 0;
  for (std::size_t at = 0; at < sets_.size(); ++at) {
    count += static_cast<std::size_t>(
        std::ranges::count_if(sets_[at], [now](const bucket& kept) { return kept.full_at > now; }));
  }
  return count;
}

std::chrono::nanoseconds rate_table::take(std::uint64_t key, steady_time now) {
  if (sets_.size() == 0) {
    return std::chrono::nanoseconds(0);
  }
  bucket& mine = bucket_of(key, now);
  const steady_time full_at = std::max(mine.full_at, now) + allowed_.every;
  const auto over = full_at - now - allowed_.every * allowed_.burst;
  if (over > std::chrono::nanoseconds(0)) {
    return over;
  }
  mine.full_at = full_at;
  return std::chrono::nanoseconds(0);
}

std::chrono::nanoseconds rate_table::wait(std::uint64_t key, steady_time now) const {
  if (sets_.size() == 0) {
    return std::chrono::nanoseconds(0);
  }
  const set& mine = sets_[key & (sets_.size() - 1)];
  const auto found = std::ranges::find(mine, key, &bucket::key);
  const steady_time full_at = found == mine.end() ? now : std::max(found->full_at, now);
  return std::max(std::chrono::nanoseconds(0), full_at + allowed_.every - now - allowed_.every * allowed_.burst);
}

void rate_table::charge(std::uint64_t key, unsigned many, steady_time now) {
  if (sets_.size() == 0) {
    return;
  }
  bucket& mine = bucket_of(key, now);
  const steady_time empty = now + allowed_.every * allowed_.burst;
  mine.full_at = std::min(std::max(mine.full_at, now) + allowed_.every * std::min(many, allowed_.burst), empty);
}

}  // namespace c2c::auth
