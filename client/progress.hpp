// A call as the service tells it: one snapshot for each change. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "call/states.hpp"

namespace c2c::client {

using call_state = call::state;
using end_reason = call::reason;  // `none`: not over; `other`: also whatever a later service may call it

using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

struct snapshot {
  call_state state = call_state::initiating;
  end_reason reason = end_reason::none;
  std::optional<wall_time> connected;  // by the service's clock, like `ended`
  std::optional<wall_time> ended;
  std::string json;  // all that the service told, on one line

  bool over() const noexcept { return call::is_last(state); }
  // How long both phones were connected, for a call that is over and was.
  std::optional<std::chrono::milliseconds> talked() const noexcept;
};

// The service's JSON. Nothing where it is not that, or of a state that is unknown here.
std::optional<snapshot> parse_snapshot(std::string_view json);

// "2026-11-22T22:42:13.123Z", as the service writes times, and nothing else.
std::optional<wall_time> parse_time(std::string_view text);

}  // namespace c2c::client
