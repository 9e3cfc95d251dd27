// The limit of open files (RLIMIT_NOFILE): each connection is one.
#pragma once

#include <string>

#include "config/config.hpp"

namespace c2c::app {

// Raises this process's limit as far as it may where the configuration can need more; at the start. A sentence for the
// operator where that is not enough, else nothing.
std::string make_room_for_descriptors(const config::config& chosen);

}  // namespace c2c::app
