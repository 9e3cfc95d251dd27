// The changes that wait to be told, in lanes: one call's changes are all in one lane, and a lane has one sender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "net/asio.hpp"
#include "webhook/event.hpp"

namespace c2c::webhook {

// Any thread may call anything; no call waits longer than another takes to move one change.
//
// Holds `most` changes. A full queue drops the oldest: the last change of a call says how and when all of it went, so
// that the newest are worth the most, and the oldest would be the first to be too old.
class queue {
 public:
  struct item {
    call_change change;
    steady_time since;
  };
  struct pushed {
    std::size_t lane = 0;
    bool wake = false;     // the lane was at rest: the caller starts its sender
    bool dropped = false;  // the oldest of all
  };

  queue(std::size_t most, std::size_t lanes) : most_(most), lanes_(lanes) {}

  pushed push(call_change change, steady_time now);
  // The lane's oldest. Where there is none the lane rests: its sender ends, and the next push starts one.
  std::optional<item> take(std::size_t lane);
  // The sender that push() asked for could not be started.
  void rest(std::size_t lane);
  // Drops everything, and says how many those were.
  std::size_t clear();

  std::size_t size() const;
  // Whether something waits or is with a sender.
  bool busy() const;

 private:
  struct entry {
    std::uint64_t number;  // in the order of their coming, over all lanes
    item content;
  };
  struct lane {
    std::deque<entry> waiting;
    bool awake = false;
  };

  void drop_oldest();

  mutable std::mutex mutex_;
  std::size_t most_;
  std::vector<lane> lanes_;
  std::size_t size_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace c2c::webhook
