// Who guesses passwords: failed digests of one terminal from one address, and how long that pair has to wait. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "auth/zeroed_array.hpp"
#include "net/asio.hpp"

namespace c2c::auth {

// The owner elsewhere is another pair and not concerned. In a fixed piece of memory: a key has eight places; where all
// are taken, the pair that has failed the least makes room, the longest ago among equals. Not for several threads at
// once.
class guess_guard {
 public:
  struct options {
    unsigned free_failures = 5;  // 0: no limit
    std::chrono::seconds first_wait{1};
    std::chrono::seconds longest_wait{900};
    std::chrono::seconds forget_after{3'600};  // without a failure
  };

  // `most` pairs, rounded up to a power of two of at least eight: 24 bytes each, taken as they are used.
  guess_guard(std::size_t most, options chosen);

  // How long `pair`, a hash that no caller can steer, has to wait; zero: it may try.
  std::chrono::nanoseconds wait(std::uint64_t pair, steady_time now) const;
  // Its digest was wrong, so many times: past the free failures each one doubles the wait.
  void failed(std::uint64_t pair, steady_time now, std::uint32_t times = 1);
  // Its digest was right. Whether there was anything to forget.
  bool succeeded(std::uint64_t pair);

  std::size_t bytes() const noexcept { return sets_.size() * sizeof(set); }
  std::size_t most() const noexcept { return sets_.size() * std::tuple_size_v<set>; }
  // Pairs that have failed: looks at each place.
  std::size_t held(steady_time now) const;
  // Pairs that made room before their time.
  std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  struct record {
    std::uint64_t pair = 0;
    steady_time last{};
    std::uint32_t failures = 0;
  };
  using set = std::array<record, 8>;

  bool counts(const record& kept, steady_time now) const {
    return kept.failures > 0 && now - kept.last < options_.forget_after;
  }
  const record* find(std::uint64_t pair, steady_time now) const;

  options options_;
  zeroed_array<set> sets_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace c2c::auth
