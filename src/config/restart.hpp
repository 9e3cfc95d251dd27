// What a reload cannot change.
#pragma once

#include <string>

#include "config/config.hpp"

namespace c2c::config {

// The keys that differ and that only a restart can change, as they belong to what outlives a reload: "ami.user,
// ami.port". Empty where there are none. Pure.
std::string keys_for_a_restart(const config& now, const config& then);

}  // namespace c2c::config
