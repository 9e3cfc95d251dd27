#include "auth/aor.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace c2c::auth {

result<aor> parse_aor(std::string_view text) {
  if (text.size() > max_aor_bytes) {
    return fail(errc::invalid_aor, "longer than 255 bytes");
  }
  if (std::ranges::any_of(text, [](char c) { return c == ' ' || ascii::is_control(c); })) {
    return fail(errc::invalid_aor, "a space or a control character");
  }
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) {
    return fail(errc::invalid_aor, "not user@realm");
  }
  return aor{.text = text, .user = text.substr(0, at), .realm = text.substr(at + 1)};
}

}  // namespace c2c::auth
