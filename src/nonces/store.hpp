// "This key is used, until then": what makes a nonce good for one call only.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::nonces {

// 64 bits of a keyed MAC: evenly spread and not to be chosen by a caller. Among n live keys a fresh one is refused by
// accident with probability n/2⁶⁴.
using key = std::uint64_t;

// Called from every worker's thread; an implementation takes care of its own safety.
class store {
 public:
  virtual ~store() = default;

  // Claims `key` until `expires`; the same key always comes with the same `expires`. Of any number of racing claims of
  // one key exactly one succeeds. Errors: invalid_nonce (claimed before, or already expired), overloaded (as many as
  // may be held are), store_unavailable (within a second).
  virtual task<result<void>> claim(key key, std::chrono::sys_seconds expires) = 0;
};

}  // namespace c2c::nonces
