#pragma once

#include <chrono>
#include <cstdint>

namespace c2c::net {

// How long to wait before trying a dead peer again: 100 ms · 1.6ⁿ, ±20 %, at most 10 s, as gRPC's connection backoff
// does (grpc: doc/connection-backoff.md). Pure: the caller gives the randomness.
class backoff {
 public:
  // `random` is any evenly spread 32-bit number.
  std::chrono::milliseconds next(std::uint32_t random) noexcept {
    constexpr double first_ms = 100;
    constexpr double multiplier = 1.6;
    constexpr double most_ms = 10'000;
    constexpr double jitter = 0.2;
    base_ms_ = failures_ == 0 ? first_ms : base_ms_ * multiplier;
    base_ms_ = base_ms_ > most_ms ? most_ms : base_ms_;
    ++failures_;
    const double unit = static_cast<double>(random) / static_cast<double>(UINT32_MAX);
    const double wait_ms = base_ms_ * (1 - jitter + 2 * jitter * unit);
    return std::chrono::milliseconds(static_cast<std::int64_t>(wait_ms > most_ms ? most_ms : wait_ms));
  }

  void reset() noexcept { failures_ = 0; }
  std::uint32_t failures() const noexcept { return failures_; }

 private:
  double base_ms_ = 0;
  std::uint32_t failures_ = 0;
};

}  // namespace c2c::net
