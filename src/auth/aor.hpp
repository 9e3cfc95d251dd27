// An address of record as a client spells it: `user@realm`.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/errc.hpp"

namespace c2c::auth {

inline constexpr std::size_t max_aor_bytes = 255;

// Views into the text that was parsed; they live as long as it does.
struct aor {
  std::string_view text;  // the whole, exactly as sent: what the nonce is signed over
  std::string_view user;
  std::string_view realm;
};

// Splits at the last '@', as IvozProvider's click2call does (pkg/server/http.go): a user may hold one, a domain may
// not. Neither part is empty; there is no space and no control character, DEL among them, so the text is safe in a log
// line. Bytes past ASCII are let through: whether a database could hold them is the directory's to say, and its answer
// is the same 403 as for any unknown user. The caller has checked that the text is UTF-8 (a JSON parser does). Errors:
// invalid_aor.
result<aor> parse_aor(std::string_view text);

}  // namespace c2c::auth
