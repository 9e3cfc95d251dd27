// The clocks: one that only goes forward, for waiting, and one that tells people the time and may step.
#pragma once

#include <chrono>
#include <optional>

namespace c2c {

using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

// std::chrono::steady_clock, unless a simulation stands in for it.
struct steady_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<steady_clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
};
using steady_time = steady_clock::time_point;

// What time it is where a simulation says so. Set before anything asks for the time and by one thread; null otherwise.
struct simulated_time {
  steady_time now{};
  wall_time wall{};
  // How long the event loop that was run last wants to sleep.
  std::optional<steady_clock::duration> until_next_timer;
};
inline constinit simulated_time* simulated = nullptr;

inline steady_time steady_clock::now() noexcept {
  if (simulated != nullptr) [[unlikely]] {
    return simulated->now;
  }
  return time_point(std::chrono::steady_clock::now().time_since_epoch());
}

inline wall_time wall_now() noexcept {
  if (simulated != nullptr) [[unlikely]] {
    return simulated->wall;
  }
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

inline std::chrono::sys_seconds wall_seconds() noexcept {
  return std::chrono::floor<std::chrono::seconds>(wall_now());
}

}  // namespace c2c
