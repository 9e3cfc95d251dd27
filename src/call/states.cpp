#include "call/states.hpp"

#include <algorithm>
#include <array>

namespace c2c::call {
namespace {

constexpr std::array<std::string_view, 6> states{"initiating", "callingCaller", "callingCallee",
                                                 "connected",  "disconnected",  "failed"};
static_assert(states.size() == state_count);

constexpr std::array<std::string_view, 10> reasons{
    "",           "hangUp",         "callerBusy",    "callerNoAnswer", "callerFailure", "callerAbandon",
    "calleeBusy", "calleeNoAnswer", "calleeFailure", "other"};
static_assert(reasons.size() == reason_count);

template <class Enum, std::size_t Size>
std::optional<Enum> named(const std::array<std::string_view, Size>& names, std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? std::nullopt : std::optional(static_cast<Enum>(found - names.begin()));
}

}  // namespace

std::string_view to_string(state s) noexcept {
  return states[static_cast<std::size_t>(s)];
}

std::string_view to_string(reason r) noexcept {
  return reasons[static_cast<std::size_t>(r)];
}

std::optional<state> state_named(std::string_view name) noexcept {
  return named<state>(states, name);
}

std::optional<reason> reason_named(std::string_view name) noexcept {
  return named<reason>(reasons, name);
}

}  // namespace c2c::call
