// Which destinations may be called: patterns as Asterisk's dialplan has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace c2c::call {

constexpr std::size_t most_pattern_bytes = 80;

// "_00X." or "112": after an underscore X is 0 to 9, Z 1 to 9, N 2 to 9, [13-5] any of these, "." one or more and "!"
// any number of further characters, at the end alone; anything else stands for itself (main/pbx.c,
// _extension_match_core). Letters may be small. Of 1 to 80 characters, all of them such that a destination can have.
bool valid_dial_pattern(std::string_view pattern) noexcept;

// Whether the whole of `destination` is what the pattern, a valid one, stands for.
bool matches(std::string_view pattern, std::string_view destination) noexcept;

// Immutable: any thread may ask.
struct destination_policy {
  std::vector<std::string> allow;  // empty: all
  std::vector<std::string> deny;   // comes before it

  bool allows(std::string_view destination) const noexcept;
};

}  // namespace c2c::call
