// The directory in a file: for those who have an Asterisk and no IvozProvider.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "directory/directory.hpp"

namespace c2c::directory {

inline constexpr std::string_view default_terminals_path = "/var/lib/click2call/terminals.db";

// Opens the file that `click2calld terminal` keeps; what that command changes is seen by the next find(), which takes
// microseconds and never leaves the thread. Errors, for a start that fails: backend_unavailable, with what to do.
result<std::unique_ptr<directory>> make_sqlite(const std::string& path);

}  // namespace c2c::directory
