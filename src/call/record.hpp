// What another instance needs to know of a call.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "call/history.hpp"

namespace c2c::call {

enum class phase : std::uint8_t {
  placing,    // the order is on its way; the caller has no answer yet
  placed,     // answered 200
  withdrawn,  // answered with an error: no call of it may live on
};

struct record {
  std::string iden;
  std::string home;  // the instance that watches the call
  std::string owner;
  std::string destination;
  std::string server;  // who got the order; empty where none did
  call::phase phase = phase::placing;
  bool cancelled = false;  // its owner wants it to end
  wall_time live_until;    // longer than that no such call lasts
  call::history history;   // never empty
};

}  // namespace c2c::call
