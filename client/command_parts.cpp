#include "client/command_parts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "client/commands.hpp"
#include "client/live_words.hpp"

namespace c2c::client {

namespace {

std::string why_unwritten(const screen& out) {
  return "click2call: Standard output cannot be written: " + std::system_category().message(out.error()) + ". ";
}

// As a shell takes it for one word.
std::string quoted(const std::string& word) {
  if (std::ranges::all_of(word,
                          [](char c) { return ascii::is_alnum(c) || std::string_view("/._-+:@=").contains(c); })) {
    return word;
  }
  std::string out = "'";
  for (const char c : word) {
    out += c == '\'' ? R"('\'')" : std::string(1, c);
  }
  return out + "'";
}

}  // namespace

const char* environment(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets a variable
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

int wrong(const arguments& in, std::string sentence) {
  const report said{exit_code::usage, std::move(sentence)};
  if (in.json) {
    print_out(to_json(said));
  }
  print_error("click2call: " + said.text);
  return static_cast<int>(said.code);
}

int finish(const report& said, const std::string& json, screen& out) {
  if (said.code == exit_code::placed) {
    out.line(out.how() == display::json ? json : said.text);
    return written(out, said.text);
  }
  if (out.how() == display::json) {
    out.line(json);
  }
  out.erase();
  print_error("click2call: " + said.text);
  return static_cast<int>(said.code);
}

int written(const screen& out, const std::string& text) {
  if (out.error() == 0) {
    return static_cast<int>(exit_code::placed);
  }
  print_error(why_unwritten(out) + text);
  return static_cast<int>(exit_code::unwritten);
}

std::expected<given, std::string> gather(arguments& in, const std::string& path) {
  if (in.password_stdin && ::isatty(STDIN_FILENO) == 0) {
    auto password = read_password_line(STDIN_FILENO);
    if (!password) {
      return std::unexpected(password.error());
    }
    in.flags.password = std::move(*password);
  }
  auto from_env = from_environment(environment);
  if (!from_env) {
    return from_env;
  }
  auto from_file = path.empty() ? given{} : read_config(path, in.config.has_value());
  if (!from_file) {
    return from_file;
  }
  given out = over(std::move(in.flags), over(std::move(*from_env), std::move(*from_file)));
  if (in.password_stdin && ::isatty(STDIN_FILENO) != 0) {
    out.password.reset();  // --password-stdin at a terminal means: ask me
  }
  return out;
}

std::string service_options(const arguments& in) {
  std::string out;
  if (in.config) {
    out += "--config " + quoted(*in.config) + " ";
  }
  if (in.flags.ca) {
    out += "--ca " + quoted(*in.flags.ca) + " ";
  }
  if (in.flags.verify_tls == false) {
    out += "--insecure ";
  }
  return out;
}

std::string hangup_command(const std::string& options, const std::string& iden) {
  return "click2call hangup " + options + (iden.starts_with('-') ? "-- " : "") + iden;
}

end_of_call watch(const live_call& which, const context& about, screen& out, interrupt& stop) {
  std::optional<snapshot> last;
  steady_time connected_at{};
  bool told_to_stop = false;
  bool told_unwritten = false;
  const auto talking = [&] { return std::chrono::floor<std::chrono::seconds>(steady_clock::now() - connected_at); };
  const auto tell = [&](const snapshot* change) {
    if (change != nullptr) {
      if (change->state == call_state::connected && (!last || last->state != call_state::connected)) {
        connected_at = steady_clock::now();
      }
      last = *change;
    }
    if (out.how() == display::json) {
      if (change != nullptr) {
        out.line(change->json);
      }
    } else if (stop.asked()) {
      out.status("Hanging up.", !std::exchange(told_to_stop, true));
    } else if (last && !last->over() && last->state != call_state::initiating) {
      // How it ended is said at the end; how it began is too short to be read.
      out.status(describe(*last, about.destination, talking()), change != nullptr);
    }
    if (out.error() == 0 || std::exchange(told_unwritten, true)) {
      return;
    }
    if (out.error() == EPIPE || out.error() == EIO) {
      print_error("click2call: Nobody reads the output any more.");
      stop.ask();
    } else {
      print_error(why_unwritten(out) + "The call goes on. To end it: " + about.end_it);
    }
  };
  tell(nullptr);
  return follow(which, stop, tell);
}

int conclude(const end_of_call& how, const context& about, screen& out) {
  const report said = describe(how, about);
  return finish(said, to_json(how, about, said), out);
}

}  // namespace c2c::client
