#include "nonces/table.hpp"

#include <algorithm>
#include <iterator>

namespace c2c::nonces {
namespace {

// A clock that steps back must not make a used key good again, so the periods that were dropped stay closed. A clock
// that had been further ahead than this was simply wrong, and is no reason to refuse every call until it gets there
// again.
constexpr std::int64_t most_periods_back = 32;

// The period in whose end a moment falls: 1 to 8 are in period 1, and period 1 is over at 8.
std::int64_t period_of(std::chrono::sys_seconds time) noexcept {
  const std::int64_t seconds = time.time_since_epoch().count();
  constexpr std::int64_t width = claim_table::period_seconds;
  return seconds / width + (seconds % width > 0 ? 1 : 0);
}

bool too_full(std::uint64_t size, std::uint64_t capacity) noexcept {
  return size * 20 > capacity * 17;
}

}  // namespace

// Keys are evenly spread, so their high bits say where in the array they belong, whatever its capacity. They stay in
// nearly ascending order this way, and growing reads and writes straight through memory.
key* claim_table::bucket::slot_of(key key) const noexcept {
  auto index = static_cast<std::uint32_t>((static_cast<unsigned __int128>(key) * capacity) >> 64U);
  while (slots[index] != 0 && slots[index] != key) {
    index = index + 1 == capacity ? 0 : index + 1;
  }
  return &slots[index];
}

bool claim_table::bucket::add(key key) {
  if (key == 0) {
    const bool added = !holds_zero;
    holds_zero = true;
    return added;
  }
  if (capacity != 0 && *slot_of(key) == key) {
    return false;
  }
  if (too_full(size + 1ULL, capacity)) {
    grow();
  }
  *slot_of(key) = key;
  ++size;
  return true;
}

void claim_table::bucket::grow() {
  constexpr std::uint32_t least = 8;
  const std::uint32_t old_capacity = capacity;
  const std::unique_ptr<nonces::key[]> old = std::move(slots);
  capacity = std::max(least, old_capacity + old_capacity / 2);
  slots = std::make_unique<nonces::key[]>(capacity);
  for (std::uint32_t i = 0; i < old_capacity; ++i) {
    if (old[i] != 0) {
      *slot_of(old[i]) = old[i];
    }
  }
}

claim_table::bucket& claim_table::bucket_of(std::int64_t period) {
  auto place = std::ranges::lower_bound(buckets_, period, {}, &bucket::period);
  if (place == buckets_.end() || place->period != period) {
    place = buckets_.emplace(place);
    place->period = period;
  }
  return *place;
}

void claim_table::sweep(std::chrono::sys_seconds now) {
  const std::int64_t seconds = now.time_since_epoch().count();
  auto live = buckets_.begin();
  while (live != buckets_.end() && live->period * period_seconds <= seconds) {
    entries_ -= live->size + (live->holds_zero ? 1U : 0U);
    last_dropped_ = std::max(last_dropped_, live->period);
    ++live;
  }
  if (live != buckets_.begin()) {
    buckets_.erase(buckets_.begin(), live);
  }
}

result<void> claim_table::claim(key key, std::chrono::sys_seconds expires, std::chrono::sys_seconds now) {
  sweep(now);
  const std::int64_t period = period_of(expires);
  const bool closed = period <= last_dropped_ && last_dropped_ <= period_of(now) + most_periods_back;
  if (expires <= now || closed) {
    return fail(errc::invalid_nonce, "expired");
  }
  if (entries_ >= max_entries_) {
    return fail(errc::overloaded, "as many claims are held as may be");
  }
  if (!bucket_of(period).add(key)) {
    return fail(errc::invalid_nonce, "claimed before");
  }
  ++entries_;
  return {};
}

std::size_t claim_table::bytes() const noexcept {
  std::size_t total = buckets_.capacity() * sizeof(bucket);
  for (const bucket& slot : buckets_) {
    total += slot.capacity * sizeof(key);
  }
  return total;
}

}  // namespace c2c::nonces
