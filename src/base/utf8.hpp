// UTF-8 as it comes from outside, made fit to be shown (RFC 3629; Unicode 15, chapters 5.8 and 23.2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace c2c::utf8 {

struct character {
  static constexpr char32_t broken = 0xffffffff;

  char32_t code;     // broken: the bytes are no UTF-8
  std::size_t size;  // how many bytes, at least one
};

// The first character of `text`, which is not empty. Overlong forms, surrogates and what ends too early are broken.
character first_of(std::string_view text) noexcept;

// Whether a reader of the line sees just this: no control character of either block, nothing that ends a line or
// turns the direction of writing.
bool is_plain(char32_t code) noexcept;

// What a peer said, fit for a line of the log: at most `most` bytes, whole characters only, and a question mark for
// each that is not plain or broken.
std::string printable(std::string_view text, std::size_t most);

}  // namespace c2c::utf8
