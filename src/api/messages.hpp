// The seed's JSON bodies, read as leniently as the reference reads them: unknown keys are ignored, keys match whatever
// their ASCII case, null means absent, what follows the first value is ignored, the last of a repeated key counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "call/history.hpp"

namespace c2c::api {

// Every field that any endpoint knows; absent text is empty, as in the reference.
struct message {
  std::string aor;
  std::string nonce;
  std::string response;
  std::string destination;
  std::string iden;
  std::optional<std::int64_t> max_duration_ms;
  std::optional<std::int64_t> dial_timeout_s;
  std::optional<bool> optimize;
  bool progress = false;
};

// Reads a JSON object nested 32 deep at most. Errors: invalid_json (not JSON, not an object, a known key with a value
// of another type).
result<message> parse_message(std::string_view body);

// {"nonce":…,"realm":…}; the realm is escaped.
std::string challenge_body(std::string_view nonce, std::string_view realm);

// {"iden":…}, with "ticket" where there is one.
std::string call_body(std::string_view iden, std::string_view ticket);

// {"iden":…,"state":…,…} on one line; times are RFC 3339 in UTC with milliseconds.
std::string snapshot_body(std::string_view iden, const call::snapshot& now);

}  // namespace c2c::api
