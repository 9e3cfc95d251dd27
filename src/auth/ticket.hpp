// The ticket of a call: who holds it may watch the call and end it. `<seconds>.<AoR in hex digits>.<64 hex digits>`,
// the last an HMAC-SHA-256 over `ticket|<seconds>|<iden>|<AoR>`: any instance with the same secret can check it, and
// none has to remember it. The word at its front keeps it apart from a nonce, which is made under the same secret.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "auth/hmac.hpp"
#include "base/errc.hpp"

namespace c2c::auth {

// Pure: the caller gives the time. One for each worker, used on that worker's thread only.
class ticket_signer {
 public:
  // Longer than that no AoR and so no ticket is.
  static constexpr std::size_t max_size = 1'024;

  // Throws as hmac_sha256 does.
  explicit ticket_signer(std::string_view secret) : mac_(secret) {}

  // For the call `iden` (ASCII case aside) of `owner`, good until `expires` and not in that second.
  std::string issue(std::string_view iden, std::string_view owner, std::chrono::sys_seconds expires);

  // The owner for whom this ticket to `iden` was issued. Only the one spelling that issue() makes is taken. Errors:
  // invalid_ticket; the detail says malformed, forged or expired.
  result<std::string> verify(std::string_view iden, std::string_view ticket, std::chrono::sys_seconds now);

 private:
  std::string sign(std::string_view seconds, std::string_view iden, std::string_view owner);

  hmac_sha256 mac_;
};

}  // namespace c2c::auth
