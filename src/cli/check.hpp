#pragma once

#include <iosfwd>

#include "config/config.hpp"

namespace c2c::cli {

// Tries each backend that the configuration names and writes a line for each, with what to do where one fails. Places
// no call. Returns whether all is well. Takes some seconds at most.
bool check(const config::config& chosen, std::ostream& out);

}  // namespace c2c::cli
