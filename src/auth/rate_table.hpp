// How often each of very many keys may do something: token buckets in a fixed piece of memory. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "auth/zeroed_array.hpp"
#include "net/asio.hpp"

namespace c2c::auth {

struct rate {
  unsigned burst = 0;                 // at once; 0: no limit
  std::chrono::nanoseconds every{0};  // and then one in this time
};

// "n an hour" as a rate that allows n at once.
constexpr rate at_most(unsigned n, std::chrono::nanoseconds in) {
  return {n, n > 0 ? in / n : std::chrono::nanoseconds(0)};
}

// The generic cell rate algorithm (ITU-T I.371): of each bucket only the time is kept at which it will be full again,
// and a bucket whose time has come need not be kept at all. A key has eight places; where all are taken, the bucket
// that is the nearest to full makes room, so that a flood of new keys forgets the least. Not for several threads at
// once.
class rate_table {
 public:
  // `most` buckets, rounded up to a power of two of at least eight: sixteen bytes each, taken as they are used.
  rate_table(std::size_t most, rate allowed);

  // Takes a token of `key`, which is a hash that no caller can steer. Zero when there was one; else how long until
  // there is, and nothing is taken.
  std::chrono::nanoseconds take(std::uint64_t key, steady_time now);

  // How long until there is one; nothing is taken.
  std::chrono::nanoseconds wait(std::uint64_t key, steady_time now) const;

  // Takes `many` tokens that were given elsewhere, or what there is of them.
  void charge(std::uint64_t key, unsigned many, steady_time now);

  std::size_t bytes() const noexcept { return sets_.size() * sizeof(set); }
  std::size_t most() const noexcept { return sets_.size() * std::tuple_size_v<set>; }
  // Buckets that are not full: looks at each place, 30 µs for 65,536 of them.
  std::size_t held(steady_time now) const;
  // Buckets that made room before they were full.
  std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  struct bucket {
    std::uint64_t key;
    steady_time full_at;
  };
  using set = std::array<bucket, 8>;

  bucket& bucket_of(std::uint64_t key, steady_time now);

  rate allowed_;
  zeroed_array<set> sets_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace c2c::auth
