// What a reload cannot change.
#pragma once

#include <string>

#include "config/config.hpp"

namespace c2c::config {

// Puts into `next` what is in force for every key that only a restart can change, as it belongs to what outlives a
// reload, and names those that differed: "ami.user, ami.port". Empty where there are none. Pure.
std::string keep_until_restart(const config& running, config& next);

}  // namespace c2c::config
