// What is told of a call: its states in the order in which it reached them.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include <boost/container/static_vector.hpp>

#include "base/time.hpp"
#include "call/states.hpp"

namespace c2c::call {

struct change {
  call::state state;
  call::reason reason;  // none before the last state
  wall_time at;
};

// Never empty. States only go forward, so that there are no more than five; a change's number is its place, from 1.
using history = boost::container::static_vector<change, 5>;

struct snapshot {
  call::state state;
  call::reason reason;
  wall_time started;
  std::optional<wall_time> connected;
  std::optional<wall_time> ended;
};

// The call as of its change `number`, from 1 to the history's size.
snapshot at(const history& past, std::size_t number);

// Goes on with what `news`, another history of the same call, has beyond it: nothing after the last state, and no state
// that is not further than those before. So whoever follows a call hears its end whichever instance tells it.
void go_on(history& past, const history& news);

// Whether nothing can follow.
bool complete(const history& past) noexcept;

}  // namespace c2c::call
