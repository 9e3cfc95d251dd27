#include "asterisk/message.hpp"

#include <cstddef>
#include <cstring>

#include "base/ascii.hpp"

namespace c2c::asterisk {
namespace {

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::string_view message::get(std::string_view name) const noexcept {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const void* end = std::memchr(rest.data(), '\n', rest.size());
    const std::size_t length =
        end == nullptr ? rest.size() : static_cast<std::size_t>(static_cast<const char*>(end) - rest.data());
    // The colon's place rules out nearly every other header before a letter is compared.
    if (length > name.size() && rest[name.size()] == ':' && ascii::iequals(rest.substr(0, name.size()), name)) {
      return trim(rest.substr(name.size() + 1, length - name.size() - 1));
    }
    if (end == nullptr) {
      break;
    }
    rest.remove_prefix(length + 1);
  }
  return {};
}

}  // namespace c2c::asterisk
