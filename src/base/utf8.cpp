#include "base/utf8.hpp"

namespace c2c::utf8 {
namespace {

constexpr bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80;
}

}  // namespace

character first_of(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) {
    return {.code = lead, .size = 1};
  }
  std::size_t size = 0;
  char32_t least = 0;  // smaller ones have a shorter form
  char32_t code = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
    least = 0x80;
    code = lead & 0x1fU;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    least = 0x800;
    code = lead & 0x0fU;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    least = 0x10000;
    code = lead & 0x07U;
  } else {
    return {.code = character::broken, .size = 1};
  }
  for (std::size_t i = 1; i < size; ++i) {
    if (i >= text.size() || !is_continuation(text[i])) {
      return {.code = character::broken, .size = i};
    }
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least || code > 0x10ffff || surrogate) {
    return {.code = character::broken, .size = size};
  }
  return {.code = code, .size = size};
}

bool is_plain(char32_t code) noexcept {
  const bool control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
  const bool line_end = code == 0x2028 || code == 0x2029;
  const bool direction = code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                         (code >= 0x2066 && code <= 0x2069);
  return !control && !line_end && !direction && code != character::broken;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  while (!text.empty()) {
    const character next = first_of(text);
    const std::string_view shown = is_plain(next.code) ? text.substr(0, next.size) : "?";
    if (out.size() + shown.size() > most) {
      break;
    }
    out += shown;
    text.remove_prefix(next.size);
  }
  return out;
}

}  // namespace c2c::utf8
