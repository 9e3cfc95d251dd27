// click2calld: arguments, configuration, run, exit code.
#include <algorithm>
#include <csignal>
#include <exception>
#include <expected>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/descriptors.hpp"
#include "app/memory_guard.hpp"
#include "app/reload.hpp"
#include "app/service.hpp"
#include "cli/check.hpp"
#include "cli/terminal.hpp"
#include "config/config.hpp"
#include "log/log.hpp"

namespace {

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

struct arguments {
  std::string config;
  bool check = false;
  pid_t reload = 0;
};

c2c::log::level to_level(int logrus_level) {
  using c2c::log::level;
  switch (logrus_level) {
    case 0:
    case 1:
    case 2: return level::error;
    case 3: return level::warn;
    case 4: return level::info;
    default: return level::debug;
  }
}

void start_log(const c2c::config::log_section& chosen) {
  const bool json = chosen.format == c2c::config::log_format::json;
  c2c::log::start(to_level(chosen.level), json ? c2c::log::line_format::json : c2c::log::line_format::text);
}

void warn(const std::string& shortcoming) {
  if (!shortcoming.empty()) {
    c2c::log::warn("{}", shortcoming);
  }
}

std::string in_one_line(const std::vector<c2c::config::problem>& found, const std::string& path) {
  constexpr std::size_t most = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, found.size()); ++i) {
    out += (i > 0 ? "; " : "") + c2c::config::describe(found[i], path);
  }
  return found.size() <= most ? out : out + "; and more: click2calld --check lists them";
}

std::expected<c2c::config::config, std::string> reload(const std::string& path) {
  auto loaded = c2c::config::load(path);
  if (!loaded) {
    return std::unexpected(in_one_line(loaded.error(), path));
  }
  start_log(loaded->log);
  warn(loaded->exposed);
  return std::move(*loaded);
}

int serve(const arguments& given) {
  std::signal(SIGPIPE, SIG_IGN);  // who reads the log may go
  c2c::app::keep_memory_private();
  std::string path = given.config;
  if (path.empty()) {
    const auto found = c2c::config::find_config();
    if (!found) {
      std::cerr << "click2calld: no configuration: write /etc/click2call/config.yml or give --config FILE\n";
      return exit_usage;
    }
    path = *found;
  }
  const auto loaded = c2c::config::load(path);
  if (!loaded) {
    std::cerr << c2c::config::describe(loaded.error(), path);
    return exit_usage;
  }
  if (given.check) {
    return c2c::cli::check(*loaded, std::cout) ? exit_ok : exit_failure;
  }
  start_log(loaded->log);
  warn(loaded->exposed);
  warn(c2c::app::make_room_for_descriptors(*loaded));
  auto made = c2c::app::service::make(*loaded, [path] { return reload(path); });
  if (!made) {
    std::cerr << "click2calld: " << made.error().detail << '\n';
    return exit_failure;
  }
  if (!(*made)->run()) {
    // Threads that do not end cannot be joined: leave without their destructors.
    std::_Exit(exit_failure);
  }
  return exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("click2calld: places click-to-call calls through Asterisk");
  app.set_version_flag("--version", "click2calld " C2C_VERSION);
  app.footer(
      "Without --config the file is /etc/click2call/config.yml, else the one of ivozprovider-click2call.\n"
      "Exit codes: 0 ended by a signal, or all checks well; 1 failure; 2 usage or configuration.");
  arguments given;
  app.add_option("--config", given.config, "the configuration file")->type_name("FILE");
  app.add_flag("--check", given.check, "validate the configuration, try each backend, say what is wrong, and exit");
  app.add_option("--reload", given.reload, "have the service of that process reload, wait, say how it went, and exit")
      ->type_name("PID")
      ->check(CLI::PositiveNumber);
  int exit_code = exit_ok;
  c2c::cli::add_terminal_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_ok : exit_usage;
  }
  if (!app.get_subcommands().empty()) {
    return exit_code;
  }
  if (given.reload > 0) {
    const auto reloaded = c2c::app::ask_to_reload(given.reload);
    if (!reloaded) {
      std::cerr << "click2calld: " << reloaded.error().detail << '\n';
    }
    return reloaded ? exit_ok : exit_failure;
  }
  try {
    return serve(given);
  } catch (const std::exception& e) {
    std::cerr << "click2calld: " << e.what() << '\n';
    return exit_failure;
  }
}
