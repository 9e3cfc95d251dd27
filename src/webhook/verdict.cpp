#include "webhook/verdict.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/ascii.hpp"

namespace c2c::webhook {
namespace {

std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (ec != std::errc() || end != digits.data() + digits.size() || !ascii::is_digit(digits.front())) {
    return std::nullopt;
  }
  return value;
}

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::optional<std::chrono::sys_seconds> date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) {
    return std::nullopt;
  }
  const auto month = std::ranges::find(months, text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hours = number(text.substr(17, 2));
  const auto minutes = number(text.substr(20, 2));
  const auto seconds = number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hours || !minutes || !seconds) {
    return std::nullopt;
  }
  const std::chrono::year_month_day when(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                         std::chrono::day(*day));
  if (!when.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(when) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds);
}

std::chrono::seconds wait_for(std::string_view retry_after, std::chrono::sys_seconds now) {
  constexpr std::chrono::seconds longest{86'400};
  std::chrono::seconds wait{0};
  if (const auto seconds = retry_after.empty() ? std::nullopt : number(retry_after)) {
    wait = std::chrono::seconds(*seconds);
  } else if (const auto when = date(retry_after)) {
    wait = *when - now;
  }
  return std::clamp(wait, std::chrono::seconds(0), longest);
}

}  // namespace

judgement judge(unsigned status, std::string_view retry_after, std::chrono::sys_seconds now) {
  constexpr unsigned request_timeout = 408;
  constexpr unsigned too_many_requests = 429;
  if (status / 100 == 2) {
    return {.outcome = verdict::delivered};
  }
  if (status == request_timeout || status == too_many_requests || status / 100 == 5) {
    return {.outcome = verdict::again, .wait = wait_for(retry_after, now)};
  }
  return {.outcome = verdict::refused};
}

}  // namespace c2c::webhook
