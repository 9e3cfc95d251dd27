#include "cli/terminal.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

#include "config/config.hpp"
#include "directory/sqlite.hpp"
#include "directory/terminal_admin.hpp"

namespace c2c::cli {
namespace {

constexpr int done = 0;
constexpr int refused = 1;
constexpr int misused = 2;

constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

termios before_hidden{};

// tcsetattr and raise may be called here (signal-safety(7)). The signal's own action comes once this has returned.
void show_input_and_end(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before_hidden);
  ::raise(signal);  // NOLINT(cert-err33-c): there is nothing to do about it
}

// No echo while it lives, and never afterwards: Ctrl-C must not leave the person's shell without it. One at a time.
class hidden_input {
 public:
  hidden_input() {
    if (::tcgetattr(STDIN_FILENO, &before_hidden) != 0) {
      return;
    }
    struct sigaction restoring{};
    restoring.sa_handler = show_input_and_end;
    restoring.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < ending_signals.size(); ++i) {
      ::sigaction(ending_signals[i], &restoring, &actions_[i]);
    }
    termios hidden = before_hidden;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    changed_ = true;
  }
  hidden_input(const hidden_input&) = delete;
  hidden_input& operator=(const hidden_input&) = delete;
  ~hidden_input() {
    if (changed_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_hidden);
      for (std::size_t i = 0; i < ending_signals.size(); ++i) {
        ::sigaction(ending_signals[i], &actions_[i], nullptr);
      }
    }
  }

 private:
  std::array<struct sigaction, ending_signals.size()> actions_{};
  bool changed_ = false;
};

std::optional<std::string> ask_standard_input(const std::string& prompt) {
  std::optional<hidden_input> hidden;
  if (::isatty(STDIN_FILENO) == 1) {
    std::cerr << prompt << std::flush;
    hidden.emplace();
  }
  std::string line;
  return std::getline(std::cin, line) ? std::optional(std::move(line)) : std::nullopt;
}

// What the flags are read into; shared by the command's callbacks.
struct request {
  terminal_streams streams;
  int* exit_code;
  const CLI::Option* config = nullptr;  // of the whole program; null where it has none
  std::string path;                     // empty: where the service reads them
  std::string address;
  std::string endpoint;
  std::string extension;
  std::uint64_t company_id = 1;
  std::uint64_t brand_id = 1;
  bool replace = false;
  bool json = false;

  int say(int code, const std::string& sentence) const {
    *(code == done ? streams.out : streams.err) << sentence << '\n';
    return code;
  }
};

// An exit code and why.
struct refusal {
  int code;
  std::string why;
};

std::expected<std::string, refusal> path_of(const request& asked) {
  if (!asked.path.empty()) {
    return asked.path;
  }
  const bool named = asked.config != nullptr && asked.config->count() > 0;
  const auto config = named ? std::optional(asked.config->as<std::string>()) : config::find_config();
  if (!config) {
    return std::string(directory::default_terminals_path);
  }
  const auto chosen = config::load(*config);
  if (!chosen) {
    return std::unexpected(refusal{misused, config::describe(chosen.error(), *config) +
                                                "The service could not read its terminals: mend that first, "
                                                "or give --db FILE"});
  }
  if (chosen->db.driver != config::db_driver::sqlite) {
    return std::unexpected(refusal{
        refused,
        fmt::format("{}: db.driver is mysql, so the service knows the terminals of that database and no others: "
                    "set db.driver: sqlite for a file, or give --db FILE",
                    *config)});
  }
  return chosen->db.path;
}

std::optional<std::string> ask_password(const request& asked) {
  auto first = asked.streams.ask(fmt::format("SIP password of {}: ", asked.address));
  if (!first || !asked.streams.is_interactive) {
    return first;
  }
  auto second = asked.streams.ask("Again: ");
  const bool same = second && *second == *first;
  if (second) {
    OPENSSL_cleanse(second->data(), second->size());
  }
  return same ? first : std::nullopt;
}

int add(const request& asked) {
  auto address = directory::split_address(asked.address);
  if (!address) {
    return asked.say(misused, fmt::format("\"{}\" is no address: write NAME@DOMAIN", asked.address));
  }
  directory::terminal entry{.name = std::move(address->name),
                            .domain = std::move(address->domain),
                            .password = secret("checked below"),
                            .extension = asked.extension,
                            .company_id = asked.company_id,
                            .brand_id = asked.brand_id};
  entry.endpoint = asked.endpoint.empty() ? entry.name : asked.endpoint;
  const auto path = path_of(asked);
  if (!path) {
    return asked.say(path.error().code, path.error().why);
  }
  // Nobody shall type a password twice to learn that the extension was wrong.
  if (const auto wrong = directory::what_is_wrong(entry)) {
    return asked.say(misused, *wrong);
  }
  auto password = ask_password(asked);
  if (!password) {
    return asked.say(misused, asked.streams.is_interactive ? "the two passwords differ: nothing was changed"
                                                           : "no password on standard input: nothing was changed");
  }
  entry.password = secret::take(std::move(*password));
  if (const auto wrong = directory::what_is_wrong(entry)) {
    return asked.say(misused, *wrong);
  }
  auto admin = directory::terminal_admin::open(*path, true);
  if (!admin) {
    return asked.say(refused, admin.error().detail);
  }
  const auto added = admin->add(entry, asked.replace);
  if (!added) {
    return asked.say(refused, added.error().detail);
  }
  if (!*added) {
    return asked.say(refused, fmt::format("{} is there already: --replace overwrites it", asked.address));
  }
  // Whether the service reads a file that was named here is not known.
  const std::string what = asked.path.empty() ? std::string("may call") : fmt::format("is in {}", *path);
  return asked.say(
      done, fmt::format("{} {}: endpoint {}, extension {}", asked.address, what, entry.endpoint, entry.extension));
}

int remove(const request& asked) {
  const auto address = directory::split_address(asked.address);
  if (!address) {
    return asked.say(misused, fmt::format("\"{}\" is no address: write NAME@DOMAIN", asked.address));
  }
  const auto path = path_of(asked);
  if (!path) {
    return asked.say(path.error().code, path.error().why);
  }
  auto admin = directory::terminal_admin::open(*path, false);
  if (!admin) {
    return asked.say(refused, admin.error().detail);
  }
  const auto removed = admin->remove(address->name, address->domain);
  if (!removed) {
    return asked.say(refused, removed.error().detail);
  }
  return *removed ? asked.say(done, fmt::format("{} is removed", asked.address))
                  : asked.say(refused, fmt::format("there is no {}", asked.address));
}

std::string as_json(const std::vector<directory::terminal>& all) {
  boost::json::array out;
  for (const directory::terminal& terminal : all) {
    boost::json::object entry;
    entry["name"] = terminal.name;
    entry["domain"] = terminal.domain;
    entry["endpoint"] = terminal.endpoint;
    entry["extension"] = terminal.extension;
    entry["companyId"] = terminal.company_id;
    entry["brandId"] = terminal.brand_id;
    out.push_back(std::move(entry));
  }
  return boost::json::serialize(out);
}

std::string as_table(const std::vector<directory::terminal>& all) {
  std::vector<std::vector<std::string>> rows{{"TERMINAL", "ENDPOINT", "EXTENSION", "COMPANY", "BRAND"}};
  for (const directory::terminal& terminal : all) {
    rows.push_back({fmt::format("{}@{}", terminal.name, terminal.domain), terminal.endpoint, terminal.extension,
                    std::to_string(terminal.company_id), std::to_string(terminal.brand_id)});
  }
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fmt::format("{:<{}}", row[i], i + 1 == row.size() ? 0 : widths[i] + 2);
    }
    out += line + '\n';
  }
  out.pop_back();
  return out;
}

int list(const request& asked) {
  const auto path = path_of(asked);
  if (!path) {
    return asked.say(path.error().code, path.error().why);
  }
  auto admin = directory::terminal_admin::open(*path, false);
  if (!admin) {
    return asked.say(refused, admin.error().detail);
  }
  const auto all = admin->list();
  if (!all) {
    return asked.say(refused, all.error().detail);
  }
  return asked.say(done, asked.json ? as_json(*all) : as_table(*all));
}

using work = int (*)(const request&);

CLI::App* add_form(CLI::App& under, const std::shared_ptr<request>& asked, const char* name, const char* about,
                   work run) {
  CLI::App* form = under.add_subcommand(name, about);
  form->add_option("--db", asked->path, "the directory's file, instead of db.path in config.yml");
  form->fallthrough();
  form->callback([asked, run] { *asked->exit_code = run(*asked); });
  return form;
}

}  // namespace

terminal_streams terminal_streams::standard() {
  return {
      .out = &std::cout, .err = &std::cerr, .ask = ask_standard_input, .is_interactive = ::isatty(STDIN_FILENO) == 1};
}

void add_terminal_command(CLI::App& app, int& exit_code, terminal_streams streams) {
  auto asked = std::make_shared<request>(
      request{.streams = std::move(streams), .exit_code = &exit_code, .config = app.get_option_no_throw("--config")});
  CLI::App* terminal =
      app.add_subcommand("terminal", "Keep the terminals of the embedded directory (db.driver: sqlite)");
  terminal->require_subcommand(1);
  terminal->fallthrough();

  CLI::App* adding = add_form(*terminal, asked, "add",
                              "Add a terminal; its SIP password is asked for, or read from standard input", add);
  adding->add_option("address", asked->address, "NAME@DOMAIN, as its phone registers")->required();
  adding->add_option("--extension", asked->extension, "the number that others see")->required();
  adding->add_option("--endpoint", asked->endpoint, "the name in pjsip.conf; NAME where it is not given");
  adding->add_option("--company", asked->company_id, "the company's id")->capture_default_str();
  adding->add_option("--brand", asked->brand_id, "the brand's id")->capture_default_str();
  adding->add_flag("--replace", asked->replace, "overwrite a terminal that is there already");

  CLI::App* listing = add_form(*terminal, asked, "list", "List the terminals, without their passwords", list);
  listing->add_flag("--json", asked->json, "as a JSON array");

  CLI::App* removing = add_form(*terminal, asked, "remove", "Remove a terminal", remove);
  removing->add_option("address", asked->address, "NAME@DOMAIN")->required();
}

}  // namespace c2c::cli
