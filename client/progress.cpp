#include "client/progress.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "client/json.hpp"

namespace c2c::client {

namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, call_state>, 6> states{{
    {"initiating", call_state::initiating},
    {"callingCaller", call_state::calling_caller},
    {"callingCallee", call_state::calling_callee},
    {"connected", call_state::connected},
    {"disconnected", call_state::disconnected},
    {"failed", call_state::failed},
}};

constexpr std::array<std::pair<std::string_view, end_reason>, 10> reasons{{
    {"", end_reason::none},
    {"hangUp", end_reason::hang_up},
    {"callerBusy", end_reason::caller_busy},
    {"callerNoAnswer", end_reason::caller_no_answer},
    {"callerFailure", end_reason::caller_failure},
    {"callerAbandon", end_reason::caller_abandon},
    {"calleeBusy", end_reason::callee_busy},
    {"calleeNoAnswer", end_reason::callee_no_answer},
    {"calleeFailure", end_reason::callee_failure},
    {"other", end_reason::other},
}};

// The digits of a text at a place, all of them digits.
std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t count) {
  unsigned out = 0;
  const std::string_view part = text.substr(at, count);
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
  return error == std::errc{} && end == part.data() + part.size() ? std::optional(out) : std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> snapshot::talked() const noexcept {
  if (!connected || !ended) {
    return std::nullopt;
  }
  return std::max(*ended - *connected, std::chrono::milliseconds(0));
}

std::optional<snapshot> parse_snapshot(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    return std::nullopt;
  }
  const auto* const state =
      std::ranges::find(states, text_of(*object, "state"), &std::pair<std::string_view, call_state>::first);
  if (state == states.end()) {
    return std::nullopt;
  }
  const auto* const reason =
      std::ranges::find(reasons, text_of(*object, "reason"), &std::pair<std::string_view, end_reason>::first);
  snapshot out{.state = state->second,
               .reason = reason == reasons.end() ? end_reason::other : reason->second,
               .connected = parse_time(text_of(*object, "connectedAt")),
               .ended = parse_time(text_of(*object, "endedAt")),
               .json = json::serialize(value)};
  if (out.over() && out.reason == end_reason::none) {
    out.reason = end_reason::other;
  }
  return out;
}

std::optional<wall_time> parse_time(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddZ";
  const auto fits = [](char c, char wanted) { return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted; };
  if (!std::ranges::equal(text, shape, fits)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*digits(text, 0, 4))),
                                         std::chrono::month(*digits(text, 5, 2)),
                                         std::chrono::day(*digits(text, 8, 2)));
  const unsigned hour = *digits(text, 11, 2);
  const unsigned minute = *digits(text, 14, 2);
  const unsigned second = *digits(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::milliseconds(*digits(text, 20, 3));
}

std::string_view wire_name(call_state state) noexcept {
  const auto* const found = std::ranges::find(states, state, &std::pair<std::string_view, call_state>::second);
  return found == states.end() ? std::string_view() : found->first;
}

std::string_view wire_name(end_reason reason) noexcept {
  const auto* const found = std::ranges::find(reasons, reason, &std::pair<std::string_view, end_reason>::second);
  return found == reasons.end() ? std::string_view() : found->first;
}

}  // namespace c2c::client
