// What instances tell one another of a call. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "call/history.hpp"

namespace c2c::call {

enum class phase : std::uint8_t {
  placing,    // Originate is on its way; the caller has no answer yet
  placed,     // answered 200
  withdrawn,  // answered with an error: no call of it may live on
};

struct record {
  std::string iden;
  std::string home;  // the instance that watches the call
  std::string owner;
  std::string destination;
  std::string server;  // whose AMI got the Originate; empty where none did
  call::phase phase = phase::placing;
  bool cancelled = false;
  wall_time live_until;  // longer than that no such call lasts
  history told;          // never empty
};

// As JSON, of at most 2 KiB.
std::string encode(const record& what);

// Errors: malformed. Members that are not known are passed over, so that a newer instance may say more.
result<record> decode(std::string_view text);

}  // namespace c2c::call
