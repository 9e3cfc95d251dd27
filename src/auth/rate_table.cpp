#include "auth/rate_table.hpp"

#include <algorithm>
#include <bit>

namespace c2c::auth {

rate_table::rate_table(std::size_t most, rate allowed)
    : allowed_(allowed),
      sets_(allowed.burst > 0 ? std::bit_ceil(std::max(most, std::tuple_size_v<set>)) / std::tuple_size_v<set> : 0) {}

std::chrono::nanoseconds rate_table::take(std::uint64_t key, steady_time now) {
  if (sets_.size() == 0) {
    return std::chrono::nanoseconds(0);
  }
  set& mine = sets_[key & (sets_.size() - 1)];
  auto found = std::ranges::find(mine, key, &bucket::key);
  if (found == mine.end()) {
    found = std::ranges::min_element(mine, {}, &bucket::full_at);
    *found = {.key = key, .full_at = now};
  }
  const steady_time full_at = std::max(found->full_at, now) + allowed_.every;
  const auto over = full_at - now - allowed_.every * allowed_.burst;
  if (over > std::chrono::nanoseconds(0)) {
    return over;
  }
  found->full_at = full_at;
  return std::chrono::nanoseconds(0);
}

}  // namespace c2c::auth
