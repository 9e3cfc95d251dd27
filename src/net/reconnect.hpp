// How a connection that is to be there always comes back: what AMI and Redis links know of their last sessions. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "net/backoff.hpp"

namespace c2c::net {

// One attempt after the other: each comes up() or not, and then ends. A session that ends soon after it came up is no
// better than none: only one that lasted has the waits begin anew.
class reconnect {
 public:
  static constexpr std::chrono::seconds good_session{5};

  void up(steady_time now) noexcept {
    up_since_ = now;
    failures_ = 0;
    down_ = false;
  }
  // The attempt or the session has ended: how long to wait before the next attempt. `random` is any evenly spread
  // 32-bit number.
  std::chrono::milliseconds ended(steady_time now, std::uint32_t random) noexcept {
    if (!up_since_) {
      ++failures_;
    } else if (now - *up_since_ >= good_session) {
      backoff_.reset();
    }
    up_since_.reset();
    down_ = true;
    return backoff_.next(random);
  }

  bool is_up() const noexcept { return up_since_.has_value(); }
  // Something has ended since it was last up.
  bool is_down() const noexcept { return down_; }
  // Attempts in a row that brought no session.
  std::uint32_t failures() const noexcept { return failures_; }

 private:
  backoff backoff_;
  std::optional<steady_time> up_since_;
  std::uint32_t failures_ = 0;
  bool down_ = false;
};

}  // namespace c2c::net
