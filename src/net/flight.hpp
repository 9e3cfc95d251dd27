// One piece of work that many wait for.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/cancel_at.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "net/spawn.hpp"

namespace c2c::net {

// The work runs in a coroutine of its own, so it ends well whichever of those who wait goes away first, the one who
// asked for it included. On one thread. The answer stays until the last holder lets go of the flight.
template <class T>
class flight {
 public:
  explicit flight(const executor& ex) : landing_(ex, steady_time::max()) {}

  // Starts `work`, once; it may be over before this returns. An exception in it lands as `unavailable`, so that nobody
  // waits for ever.
  static void take_off(std::shared_ptr<flight> self, task<result<T>> work) {
    const executor ex = self->landing_.get_executor();
    asio::co_spawn(ex, std::move(work), [self = std::move(self)](const std::exception_ptr& thrown, result<T> answer) {
      if (thrown) {
        net::note_unexpected("a look-up", thrown);
      }
      self->land(thrown ? result<T>(fail(errc::unavailable, "the look-up broke off")) : std::move(answer));
    });
  }

  // The answer, null while the work goes on.
  const result<T>* answer() const noexcept { return answer_ ? &*answer_ : nullptr; }

  // Waits for the answer. `by` bounds the wait, not the work. Errors: the work's own, timed_out.
  static task<result<T>> join(std::shared_ptr<flight> self, steady_time by = steady_time::max()) {
    if (!self->answer_ && by == steady_time::max()) {
      co_await self->landing_.async_wait(as_result);
    } else if (!self->answer_) {
      co_await self->landing_.async_wait(asio::cancel_at(by, as_result));
    }
    if (!self->answer_) {
      co_return fail(errc::timed_out, "the look-up takes too long");
    }
    co_return *self->answer_;
  }

 private:
  void land(result<T> answer) {
    answer_ = std::move(answer);
    landing_.cancel();
  }

  timer landing_;  // never expires: cancelling it wakes everyone who waits
  std::optional<result<T>> answer_;
};

}  // namespace c2c::net
