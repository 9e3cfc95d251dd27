// Who is told of a call as it goes.
#pragma once

#include <cstddef>

#include "call/history.hpp"

namespace c2c::call {

class follower {
 public:
  virtual ~follower() = default;
  // The call's change `number` has come. Called on the exchange's thread, in order, and not after the last state: it
  // must return at once.
  virtual void on_change(const change& news, std::size_t number) = 0;
};

}  // namespace c2c::call
