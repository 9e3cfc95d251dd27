// At most so many at once, the others in the order they came.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::net {

// On one thread. Held by shared_ptr, as a pass may outlive whoever made the gate.
class gate : public std::enable_shared_from_this<gate> {
 public:
  gate(executor ex, std::size_t max_inside, std::size_t max_waiting)
      : executor_(std::move(ex)), max_inside_(max_inside), max_waiting_(max_waiting) {}

  // A place inside, given back when it is destroyed.
  class pass {
   public:
    explicit pass(std::shared_ptr<gate> owner) : owner_(std::move(owner)) {}
    pass(pass&& other) noexcept = default;
    pass& operator=(pass&&) = delete;
    pass(const pass&) = delete;
    pass& operator=(const pass&) = delete;
    ~pass();

   private:
    std::shared_ptr<gate> owner_;
  };

  // Errors: overloaded (as many wait as may), timed_out (no place was free by `deadline`).
  static task<result<pass>> enter(std::shared_ptr<gate> self, steady_time deadline);

  std::size_t inside() const noexcept { return inside_; }
  std::size_t waiting() const noexcept { return queue_.size(); }

 private:
  struct waiter;
  void leave();

  executor executor_;
  std::size_t max_inside_;
  std::size_t max_waiting_;
  std::size_t inside_ = 0;
  std::list<waiter*> queue_;
};

}  // namespace c2c::net
