// What a peer wrote, fit for a line of the log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/utf8.hpp"

namespace c2c::routing {

// In quotes, at most 120 bytes of it, without control characters or line ends: nobody's reply may begin a line of its
// own.
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t max_bytes = 120;
  return '"' + utf8::printable(text, max_bytes) + '"';
}

}  // namespace c2c::routing
