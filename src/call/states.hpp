// How far a call is, and why it ended. The names are those of docs/api/openapi.yaml, for the service, its client and
// the extension.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace c2c::call {

// States and reasons are those of CAMARA's ClickToDial (API definition click-to-dial.yaml), which names them and says
// no more. Here busy is also who declines: somebody was there and wants no call now, and whether a phone then says 486
// or 603 is its maker's choice. NoAnswer is silence until the time is over, or a phone that says so (408, 480). Failure
// is a call that reaches no phone: no such number, not registered, forbidden, a trunk that is down. Abandoned is one
// that the caller gave up, or cancelled, before it was connected.
enum class state : std::uint8_t { initiating, calling_caller, calling_callee, connected, disconnected, failed };
inline constexpr std::size_t state_count = static_cast<std::size_t>(state::failed) + 1;

enum class reason : std::uint8_t {
  none,
  hang_up,
  caller_busy,
  caller_no_answer,
  caller_failure,
  caller_abandon,
  callee_busy,
  callee_no_answer,
  callee_failure,
  other,
};
inline constexpr std::size_t reason_count = static_cast<std::size_t>(reason::other) + 1;

// Whether a call in this state is over.
constexpr bool is_last(state s) noexcept {
  return s == state::disconnected || s == state::failed;
}

std::string_view to_string(state s) noexcept;
std::string_view to_string(reason r) noexcept;
std::optional<state> state_named(std::string_view name) noexcept;
std::optional<reason> reason_named(std::string_view name) noexcept;

}  // namespace c2c::call
