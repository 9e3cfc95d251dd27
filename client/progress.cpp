#include "client/progress.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "client/json.hpp"

namespace c2c::client {

namespace {

namespace json = boost::json;

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
  const auto state = call::state_named(text_of(*object, "state"));
  if (!state) {
    return std::nullopt;
  }
  snapshot out{.state = *state,
               .reason = call::reason_named(text_of(*object, "reason")).value_or(end_reason::other),
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

}  // namespace c2c::client
