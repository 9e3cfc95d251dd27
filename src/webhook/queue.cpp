#include "webhook/queue.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace c2c::webhook {

queue::pushed queue::push(call_change change, steady_time now) {
  pushed out;
  out.lane = std::hash<std::string>()(change.iden) % lanes_.size();
  const std::scoped_lock lock(mutex_);
  lane& into = lanes_[out.lane];
  into.waiting.push_back({.number = ++last_, .content = {.change = std::move(change), .since = now}});
  if (++size_ > most_) {
    drop_oldest();
    out.dropped = true;
  }
  out.wake = !std::exchange(into.awake, true);
  return out;
}

void queue::drop_oldest() {
  const auto age = [](const lane& next) { return next.waiting.empty() ? UINT64_MAX : next.waiting.front().number; };
  std::ranges::min_element(lanes_, {}, age)->waiting.pop_front();
  --size_;
}

std::optional<queue::item> queue::take(std::size_t lane) {
  const std::scoped_lock lock(mutex_);
  auto& [waiting, awake] = lanes_[lane];
  if (waiting.empty()) {
    awake = false;
    return std::nullopt;
  }
  std::optional<item> out(std::move(waiting.front().content));
  waiting.pop_front();
  --size_;
  return out;
}

void queue::rest(std::size_t lane) {
  const std::scoped_lock lock(mutex_);
  lanes_[lane].awake = false;
}

std::size_t queue::clear() {
  const std::scoped_lock lock(mutex_);
  for (lane& next : lanes_) {
    next.waiting.clear();
  }
  return std::exchange(size_, 0);
}

std::size_t queue::size() const {
  const std::scoped_lock lock(mutex_);
  return size_;
}

bool queue::busy() const {
  const std::scoped_lock lock(mutex_);
  return size_ > 0 || std::ranges::any_of(lanes_, &lane::awake);
}

}  // namespace c2c::webhook
