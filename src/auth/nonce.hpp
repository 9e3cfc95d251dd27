// The nonce of POST /challenge: `<seconds>.<16 hex digits>.<64 hex digits>`, the last an HMAC-SHA-256 over
// `<seconds>|<aor>|<16 hex digits>`. It carries its own proof, so a challenge costs no memory and any instance with the
// same secret can check it. The shape is IvozProvider's (click2call, pkg/digest/digest.go).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/hmac.hpp"
#include "base/errc.hpp"
#include "nonces/store.hpp"

namespace c2c::auth {

// Pure: the caller gives the time and the randomness. One for each worker, used on that worker's thread only.
class nonce_signer {
 public:
  static constexpr std::size_t max_ts_digits = 12;
  static constexpr std::size_t rand_digits = 16;
  static constexpr std::size_t mac_digits = 64;
  static constexpr std::size_t max_size = max_ts_digits + 1 + rand_digits + 1 + mac_digits;
  using buffer = std::array<char, max_size>;

  // How far the clocks of two instances may be apart, and how far one may step back, without a nonce being refused for
  // it: a nonce from so far in the future is good. One whose issuer's clock is behind loses that much of its ttl.
  static constexpr std::chrono::seconds skew{2};

  struct verified {
    nonces::key key;                   // the MAC's first eight bytes: a caller cannot choose them
    std::chrono::sys_seconds expires;  // from here on it is too old by every clock that is within `skew`
  };

  // `ttl` is the greatest age at which a nonce is still good. Throws std::invalid_argument for an empty secret or a ttl
  // that is not positive, and std::runtime_error when OpenSSL has no HMAC-SHA-256.
  nonce_signer(std::string_view secret, std::chrono::seconds ttl);

  // Writes a nonce for `aor` into `out` and returns it as a view of `out`. `random` makes two nonces of one second
  // differ; it must come from a good source (base/random.hpp). `now` lies between 1970 and the year 33658.
  std::string_view issue(std::string_view aor, std::chrono::sys_seconds now, std::uint64_t random, buffer& out);

  // Whether this nonce was issued by a holder of the secret, for this AoR, within the ttl. Only the one spelling that
  // issue() produces is accepted: a second spelling of the same nonce would be a second claim. The MAC is checked
  // before the age, so that nobody learns anything from the age of a forged nonce. Errors: invalid_nonce; the detail
  // says malformed, forged, future or expired.
  result<verified> verify(std::string_view aor, std::string_view nonce, std::chrono::sys_seconds now);

 private:
  hmac_sha256 mac_;
  std::chrono::seconds ttl_;
};

}  // namespace c2c::auth
