// The keys in use and until when, in one thread's hands: the pure core of the memory store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/errc.hpp"
#include "nonces/store.hpp"

namespace c2c::nonces {

// Keys lie in buckets by the period of eight seconds in which they expire, so that a whole bucket is dropped at once
// when its period is over: no key is ever looked at to find out whether it is old. A bucket is an open-addressed array
// of bare keys, between 57 and 85 % full, which is 9 to 14 bytes a key. Knows no clock and no lock. Not for several
// threads at once.
class claim_table {
 public:
  static constexpr std::int64_t period_seconds = 8;

  explicit claim_table(std::size_t max_entries) : max_entries_(max_entries) {}

  // Claims `key` until `expires`: once `now` has reached it, a claim is refused as expired and the key forgotten.
  // `now` may step back: what was forgotten stays refused, unless the clock had been some minutes ahead.
  // Errors: invalid_nonce (claimed before, or expired), overloaded (max_entries keys are held).
  result<void> claim(key key, std::chrono::sys_seconds expires, std::chrono::sys_seconds now);

  // Forgets what has expired by `now`; a claim does the same. For a table that sees no claims any more.
  void sweep(std::chrono::sys_seconds now);

  std::size_t entries() const noexcept { return entries_; }
  // What the table has allocated, itself not counted.
  std::size_t bytes() const noexcept;

 private:
  struct bucket {
    std::int64_t period = 0;
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;
    bool holds_zero = false;  // zero marks a free slot, so the key 0 is kept apart
    std::unique_ptr<key[]> slots;

    bool add(key key);
    void grow();
    key* slot_of(key key) const noexcept;
  };

  bucket& bucket_of(std::int64_t period);

  std::vector<bucket> buckets_;  // by period, ascending; none is empty
  std::size_t max_entries_;
  std::size_t entries_ = 0;
  std::int64_t last_dropped_ = INT64_MIN;  // period of the latest bucket that was dropped
};

}  // namespace c2c::nonces
