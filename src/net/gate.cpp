#include "net/gate.hpp"

#include <utility>

namespace c2c::net {

// Lives in the frame of a coroutine that waits, and takes itself out of the queue when that frame is destroyed early.
struct gate::waiter {
  waiter(std::shared_ptr<gate> owner_, steady_time deadline)
      : owner(std::move(owner_)),
        wake(owner->executor_, deadline),
        place(owner->queue_.insert(owner->queue_.end(), this)) {}
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;
  ~waiter() {
    if (!granted) {
      owner->queue_.erase(place);
    } else if (!taken) {
      owner->leave();
    }
  }

  std::shared_ptr<gate> owner;
  timer wake;
  std::list<waiter*>::iterator place;
  bool granted = false;  // it has left the queue and counts as inside
  bool taken = false;    // its pass answers for it from here on
};

gate::pass::~pass() {
  if (owner_) {
    owner_->leave();
  }
}

void gate::leave() {
  if (queue_.empty()) {
    --inside_;
    return;
  }
  // The place goes straight to the first in line, so that nobody who comes later can slip in before it runs.
  waiter* next = queue_.front();
  queue_.pop_front();
  next->granted = true;
  next->wake.cancel();
}

task<result<gate::pass>> gate::enter(std::shared_ptr<gate> self, steady_time deadline) {
  if (self->inside_ < self->max_inside_) {
    ++self->inside_;
    co_return pass(std::move(self));
  }
  if (self->queue_.size() >= self->max_waiting_) {
    co_return fail(errc::overloaded, "too many look-ups wait");
  }
  waiter mine(self, deadline);
  co_await mine.wake.async_wait(as_result);
  if (!mine.granted) {
    co_return fail(errc::timed_out, "no connection was free in time");
  }
  mine.taken = true;
  co_return pass(std::move(self));
}

}  // namespace c2c::net
