// One call that a PBX is to place.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace c2c::pbx {

// The caller's phone is dialled first and, once it is answered, the destination. Nothing here is a secret.
struct order {
  std::string iden;         // names the call in everything that the PBX tells of it; ASCII case is nothing
  std::string destination;  // as the caller signed it
  std::string endpoint;     // of the caller's phone: the name that the PBX has for it
  std::string extension;    // the caller's own number
  std::uint64_t company_id = 0;
  std::uint64_t brand_id = 0;
  std::chrono::seconds dial_timeout{30};  // of the caller's phone
  std::chrono::milliseconds max_duration{10'800'000};
  bool optimize = false;  // the PBX may take its own channels out of the way once both phones talk
};

}  // namespace c2c::pbx
