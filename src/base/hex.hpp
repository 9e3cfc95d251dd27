#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace c2c {

// Writes two lower-case hex digits for each byte; `out` has room for twice the bytes. Returns the end of what was
// written.
inline char* to_hex(std::span<const std::uint8_t> bytes, char* out) noexcept {
  static constexpr char digits[] = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *out++ = digits[byte >> 4U];
    *out++ = digits[byte & 0x0fU];
  }
  return out;
}

}  // namespace c2c
