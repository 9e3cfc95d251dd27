// What the program does for each of its commands. They read the environment, files and standard input, and write to
// standard output and error.
#pragma once

#include <string>

#include "client/arguments.hpp"

namespace c2c::client {

// One line, or lines, to either stream; a line's end is added where it is missing. The first one's exit code: standard
// output may not take it.
int print_out(const std::string& text);
void print_error(const std::string& text);

// Does what was asked for; the program's exit code.
int run_command(arguments in);

}  // namespace c2c::client
