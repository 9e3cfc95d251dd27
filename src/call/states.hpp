// How far a call is, and why it ended: the one table of both for the service and its client. docs/api/openapi.yaml and
// the extension (client/types.ts) have the same names, which tests/house/test_house.py compares.
#pragma once

#include <algorithm>
#include <array>
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
inline constexpr std::array<std::string_view, 6> state_names{"initiating", "callingCaller", "callingCallee",
                                                             "connected",  "disconnected",  "failed"};
static_assert(state_names.size() == static_cast<std::size_t>(state::failed) + 1);

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
inline constexpr std::array<std::string_view, 10> reason_names{
    "",           "hangUp",         "callerBusy",    "callerNoAnswer", "callerFailure", "callerAbandon",
    "calleeBusy", "calleeNoAnswer", "calleeFailure", "other"};
static_assert(reason_names.size() == static_cast<std::size_t>(reason::other) + 1);

// Whether a call in this state is over.
constexpr bool is_last(state s) noexcept {
  return s == state::disconnected || s == state::failed;
}

constexpr std::string_view to_string(state s) noexcept {
  return state_names[static_cast<std::size_t>(s)];
}
constexpr std::string_view to_string(reason r) noexcept {
  return reason_names[static_cast<std::size_t>(r)];
}

template <class Enum, std::size_t Size>
constexpr std::optional<Enum> named(const std::array<std::string_view, Size>& names, std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? std::nullopt : std::optional(static_cast<Enum>(found - names.begin()));
}
constexpr std::optional<state> state_named(std::string_view name) noexcept {
  return named<state>(state_names, name);
}
constexpr std::optional<reason> reason_named(std::string_view name) noexcept {
  return named<reason>(reason_names, name);
}

}  // namespace c2c::call
