#include "call/request.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace c2c::call {
namespace {

constexpr std::size_t max_destination = 40;
constexpr std::size_t max_iden = 32;
// In milliseconds a day still fits the 32 bits that Asterisk reads both values into.
constexpr std::chrono::seconds longest = std::chrono::days(1);
constexpr std::chrono::minutes life_margin{10};

}  // namespace

std::chrono::milliseconds longest_life(std::chrono::seconds dial_timeout,
                                       std::chrono::milliseconds max_duration) noexcept {
  return dial_timeout + max_duration + life_margin;
}

bool valid_destination(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_destination &&
         std::ranges::all_of(text, [](char c) { return ascii::is_digit(c) || c == '+' || c == '*'; });
}

bool valid_iden(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_iden &&
         std::ranges::all_of(text, [](char c) { return ascii::is_alnum(c) || c == '_' || c == '-'; });
}

result<settings> settings_for(const request& asked, const settings& defaults, const ceilings& most) {
  settings chosen = defaults;
  if (const auto seconds = asked.dial_timeout_s.value_or(0); seconds > 0) {
    if (seconds > longest.count()) {
      return fail(errc::invalid_dial_timeout);
    }
    chosen.dial_timeout = std::min(std::chrono::seconds(seconds), most.dial_timeout);
  }
  if (const auto milliseconds = asked.max_duration_ms.value_or(0); milliseconds > 0) {
    if (milliseconds > std::chrono::milliseconds(longest).count()) {
      return fail(errc::invalid_max_duration);
    }
    chosen.max_duration = std::min(std::chrono::milliseconds(milliseconds), most.max_duration);
  }
  chosen.optimize = asked.optimize.value_or(defaults.optimize);
  return chosen;
}

}  // namespace c2c::call
