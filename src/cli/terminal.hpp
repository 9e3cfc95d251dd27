// `click2calld terminal add|list|remove`: the administrator's way to the SQLite directory.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace c2c::cli {

// What the command talks through. A test gives its own.
struct terminal_streams {
  std::ostream* out;
  std::ostream* err;
  // Asks for one line without showing it; nothing at the end of input.
  std::function<std::optional<std::string>(const std::string& prompt)> ask;
  bool is_interactive;  // a person types: passwords are asked twice

  // Standard output and error; the password from the terminal without echo, or, where standard input is no terminal,
  // its first line.
  static terminal_streams standard();
};

// Adds the sub-command, which has the file of `app`'s option --config or of where the configuration is kept. When `app`
// parses one of its forms, the work is done then and there, and `exit_code` is set: 0 done, 1 the terminal exists, is
// not there, or the file cannot be used, 2 a value that cannot be. A mistake in the flags is the library's
// CLI::ParseError, thrown by parse(). `exit_code` outlives `app`.
void add_terminal_command(CLI::App& app, int& exit_code, terminal_streams streams = terminal_streams::standard());

}  // namespace c2c::cli
