#include "call/dial_pattern.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"

namespace c2c::call {
namespace {

bool dialled(char c) noexcept {
  return ascii::is_digit(c) || c == '+' || c == '*' || c == '#';
}

bool within(std::string_view set, char c) noexcept {
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      if (set[i] <= c && c <= set[i + 2]) {
        return true;
      }
      i += 2;
    } else if (set[i] == c) {
      return true;
    }
  }
  return false;
}

// Of "[…]" at the start of `pattern`, what is inside; nothing where that is no set.
std::optional<std::string_view> set_at(std::string_view pattern) noexcept {
  const auto end = pattern.find(']');
  if (!pattern.starts_with('[') || end == std::string_view::npos || end == 1) {
    return std::nullopt;
  }
  const std::string_view set = pattern.substr(1, end - 1);
  for (std::size_t i = 0; i < set.size(); ++i) {
    const bool range = i > 0 && i + 1 < set.size() && set[i] == '-' && ascii::is_digit(set[i - 1]) &&
                       ascii::is_digit(set[i + 1]) && set[i - 1] <= set[i + 1];
    if (!dialled(set[i]) && !range) {
      return std::nullopt;
    }
  }
  return set;
}

// One place of a pattern: how long it is there, and whether it takes `c`.
struct place {
  std::size_t length;
  bool takes;
};

place place_at(std::string_view pattern, char c) noexcept {
  if (const auto set = set_at(pattern)) {
    return {set->size() + 2, within(*set, c)};
  }
  switch (pattern.front()) {
    case 'X':
    case 'x': return {1, ascii::is_digit(c)};
    case 'Z':
    case 'z': return {1, c >= '1' && c <= '9'};
    case 'N':
    case 'n': return {1, c >= '2' && c <= '9'};
    default: return {1, pattern.front() == c};
  }
}

bool one_place(char c) noexcept {
  return dialled(c) || std::string_view("XxZzNn").contains(c);
}

}  // namespace

bool valid_dial_pattern(std::string_view pattern) noexcept {
  if (pattern.size() > most_pattern_bytes) {
    return false;
  }
  if (!pattern.starts_with('_')) {
    return !pattern.empty() && std::ranges::all_of(pattern, dialled);
  }
  pattern.remove_prefix(1);
  if (pattern.empty()) {
    return false;
  }
  while (!pattern.empty()) {
    if (const auto set = set_at(pattern)) {
      pattern.remove_prefix(set->size() + 2);
    } else if (one_place(pattern.front()) || (pattern.size() == 1 && (pattern == "." || pattern == "!"))) {
      pattern.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

bool matches(std::string_view pattern, std::string_view destination) noexcept {
  if (!pattern.starts_with('_')) {
    return pattern == destination;
  }
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    if (pattern.front() == '.') {
      return !destination.empty();
    }
    if (pattern.front() == '!') {
      return true;
    }
    if (destination.empty()) {
      return false;
    }
    const place here = place_at(pattern, destination.front());
    if (!here.takes) {
      return false;
    }
    pattern.remove_prefix(here.length);
    destination.remove_prefix(1);
  }
  return destination.empty();
}

bool destination_policy::allows(std::string_view destination) const noexcept {
  const auto stands_for = [destination](const std::string& pattern) { return matches(pattern, destination); };
  return std::ranges::none_of(deny, stands_for) && (allow.empty() || std::ranges::any_of(allow, stands_for));
}

}  // namespace c2c::call
