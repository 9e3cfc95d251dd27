#include "client/number.hpp"

#include <array>

#include "base/ascii.hpp"

namespace c2c::client {

namespace {

constexpr std::size_t most_dialled = 40;
constexpr std::size_t most_typed = 1024;

// Unicode's look-alikes of a space or a hyphen, and marks without a shape: U+00A0, U+00AD, U+2000 to U+200F, U+2010 to
// U+2015, U+202A to U+202F, U+2060, U+2066 to U+2069, U+FEFF.
constexpr std::array<std::string_view, 2> two_bytes{"\u00a0", "\u00ad"};

bool is_unseen(std::string_view three) {
  const auto middle = static_cast<unsigned char>(three[1]);
  const auto last = static_cast<unsigned char>(three[2]);
  if (three == "\ufeff") {
    return true;
  }
  if (three[0] != '\xe2') {
    return false;
  }
  if (middle == 0x80) {
    return last <= 0x95 || (last >= 0xaa && last <= 0xaf);
  }
  return middle == 0x81 && (last == 0xa0 || (last >= 0xa6 && last <= 0xa9));
}

// The length of what stands at the start of `text` for the eye only; 0 if that must be dialled.
std::size_t decoration(std::string_view text) {
  if (std::string_view(" \t\r\n.-/()").contains(text.front())) {
    return 1;
  }
  for (const std::string_view mark : two_bytes) {
    if (text.starts_with(mark)) {
      return mark.size();
    }
  }
  return text.size() >= 3 && is_unseen(text.substr(0, 3)) ? 3 : 0;
}

std::string name_of(char c) {
  if (ascii::is_control(c) || (static_cast<unsigned char>(c) & 0x80U) != 0) {
    return "a character that is not on a telephone's keys";
  }
  return std::string("\"") + c + "\"";
}

}  // namespace

std::expected<std::string, std::string> to_destination(std::string_view typed) {
  if (typed.size() > most_typed) {
    return std::unexpected("The number is far too long: at most 40 of + * 0-9 can be dialled.");
  }
  std::string out;
  while (!typed.empty()) {
    if (const std::size_t skip = decoration(typed); skip > 0) {
      typed.remove_prefix(skip);
      continue;
    }
    const char c = typed.front();
    if (!ascii::is_digit(c) && c != '+' && c != '*') {
      return std::unexpected("The number holds " + name_of(c) +
                             ", which the service does not dial: only + * and 0-9 are.");
    }
    out.push_back(c);
    typed.remove_prefix(1);
  }
  if (out.empty()) {
    return std::unexpected("There is no number to call: give it after `call`, as in click2call call +34900000000.");
  }
  if (out.size() > most_dialled) {
    return std::unexpected("The number has " + std::to_string(out.size()) + " digits; the service dials at most 40.");
  }
  return out;
}

}  // namespace c2c::client
