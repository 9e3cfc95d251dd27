#pragma once

#include <optional>
#include <string>

#include "client/secret.hpp"

namespace c2c::client {

// Asks on the terminal that standard input is, without showing what is typed; the question goes to standard error.
// Nothing if standard input is no terminal, or the person gave up (Ctrl-C, Ctrl-D). At most 1024 bytes are taken.
std::optional<secret> ask_password(const std::string& question);

}  // namespace c2c::client
