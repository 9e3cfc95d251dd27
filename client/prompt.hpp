#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "client/secret.hpp"

namespace c2c::client {

enum class no_password : std::uint8_t { no_terminal, given_up };

// Asks on the terminal that standard input is, without showing what is typed; the question goes to standard error.
// Given up is with Ctrl-C, Ctrl-D or Ctrl-\, or by a signal that would end the program. At most 1024 bytes are taken.
std::expected<secret, no_password> ask_password(const std::string& question);

}  // namespace c2c::client
