#include "client/arguments.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "client/nearest.hpp"
#include "client/number.hpp"

namespace c2c::client {

namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 connected and ended (with --detach: placed), 1 other failure, 2 command line or settings,\n"
    "3 not authorised, 4 service not reachable, 5 the service's backend failed, 6 refused for now (iden in use, too\n"
    "many tries), 7 busy or declined, 8 no answer, 9 the call failed, 10 given up before it was connected, 11 all "
    "went\n"
    "well, but standard output could not be written.";

constexpr const char* sources =
    "The url, the AoR and the password come from the options, else the environment (CLICK2CALL_URL, CLICK2CALL_AOR,\n"
    "CLICK2CALL_PASSWORD or CLICK2CALL_PASSWORD_FILE), else ~/.config/click2call/config, with lines such as\n"
    "  url = https://pbx.example.com:9090\n"
    "  aor = alice@pbx.example.com\n"
    "  password = …\n"
    "Without a password anywhere, it is asked for.\n\n";

constexpr const char* ticket_sources =
    "Whoever has a call's ticket may watch it and end it. It is the one that `click2call call` kept for you in\n"
    "~/.local/state/click2call, or comes from --ticket-stdin or the environment (CLICK2CALL_TICKET).";

struct raw {
  std::vector<std::string> words;
  std::string url;
  std::string aor;
  std::string ca;
  std::string config;
  std::string iden;
  std::string max_duration_ms;
  std::string dial_timeout_s;
  std::string timeout_s;
  bool insecure = false;
};

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

// A whole number of this unit, 1 to `most`; `example` says what one looks like.
CLI::Validator count_of(const std::string& unit, std::int64_t most, const std::string& example) {
  const std::string wanted =
      "It is a whole number of " + unit + ", 1 to " + std::to_string(most) + ", such as " + example;
  return CLI::Validator(
      [wanted, most](const std::string& text) {
        const auto number = to_number(text);
        return number && *number >= 1 && *number <= most ? "" : "\"" + text + "\" is none. " + wanted;
      },
      "1 to " + std::to_string(most));
}

// Of all three commands: where the service is.
void add_service_options(CLI::App& any, raw& in, arguments& out) {
  constexpr std::int64_t most_timeout_s = 3600;
  any.add_option("--url", in.url, "the service, as https://pbx.example.com:9090")->type_name("URL");
  any.add_option("-c,--config", in.config, "settings to read instead of ~/.config/click2call/config")
      ->type_name("FILE");
  any.add_flag("--json", out.json, "print JSON, an object on each line");
  any.add_option("--ca", in.ca, "certificates (PEM) to trust beside the system's")->type_name("FILE");
  any.add_flag("--insecure", in.insecure, "do not verify the service's certificate");
  any.add_option("--timeout", in.timeout_s, "wait so many seconds for each answer (default: 20)")
      ->type_name("SECONDS")
      ->check(count_of("seconds", most_timeout_s, "30."));
}

void add_ticket_options(CLI::App& any, raw& in, arguments& out) {
  any.add_option("iden", in.iden, "the call's id, as `click2call call` told it")->required();
  any.add_flag("--ticket-stdin", out.ticket_stdin, "read the call's ticket from standard input");
  add_service_options(any, in, out);
}

void add_options(CLI::App& call, raw& in, arguments& out) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  call.add_option(
          "destination", in.words,
          "the number to call; spaces . - / ( ) in it are left out, and (0) after a country's code; or a tel: address")
      ->required();
  call.add_option("--aor", in.aor, "the terminal that calls, as alice@pbx.example.com")->type_name("USER@DOMAIN");
  call.add_flag("--password-stdin", out.password_stdin, "read the terminal's SIP password from standard input");
  call.add_option("--iden", in.iden, "the call's id, 1 to 32 of A-Z a-z 0-9 _ - (default: a random one)")
      ->type_name("ID");
  call.add_option("--max-duration", in.max_duration_ms, "end the call after so many milliseconds")
      ->type_name("MS")
      ->check(count_of("milliseconds", most, "30000 for half a minute."));
  call.add_option("--dial-timeout", in.dial_timeout_s, "let your phone ring so many seconds")
      ->type_name("SECONDS")
      ->check(count_of("seconds", most, "30."));
  call.add_flag("--optimize", out.optimize, "let Asterisk take its Local channel out of the call once it is answered");
  call.add_flag("--dry-run", out.dry_run, "ask for a challenge, print the request, place no call");
  call.add_flag("--detach", out.detach, "return as soon as the call is placed, and let it go on");
  add_service_options(call, in, out);
}

template <class T>
void set(std::optional<T>& slot, const CLI::App& call, const char* option, const T& value) {
  if (call.count(option) > 0) {
    slot = value;
  }
}

const std::vector<std::string>& commands() {
  static const std::vector<std::string> all{"call", "status", "hangup"};
  return all;
}

std::vector<std::string> options_of(const CLI::App& any) {
  std::vector<std::string> out;
  for (const CLI::Option* option : any.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      out.push_back("--" + name);
    }
    for (const std::string& name : option->get_snames()) {
      out.push_back("-" + name);
    }
  }
  return out;
}

std::string did_you_mean(const std::string& word) {
  return word.empty() ? "" : " Did you mean " + word + "?";
}

// A word where a command stands.
std::string no_command(const std::string& word) {
  const std::string is_none = "\"" + word + "\" is no command.";
  for (const auto& [typed, meant] : {std::pair{"help", "--help"}, {"version", "--version"}}) {
    if (nearest(word, std::vector<std::string>{typed}) == typed) {
      return is_none + did_you_mean(std::string("click2call ") + meant);
    }
  }
  if (const std::string meant = nearest(word, commands()); !meant.empty()) {
    return is_none + did_you_mean("click2call " + meant);
  }
  if (to_destination(word)) {
    return is_none + did_you_mean("click2call call " + word);
  }
  return is_none + " There are: call, status and hangup.";
}

// An option that the command, or the program, does not have.
std::string no_option(const CLI::App& app, const CLI::App* chosen, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const std::string is_none =
      "\"" + name + "\" is no option of " + (chosen == nullptr ? "click2call" : chosen->get_name()) + ".";
  if (name == "-V" || name == "-v") {
    return is_none + did_you_mean("--version");
  }
  if (name == "-?") {
    return is_none + did_you_mean("--help");
  }
  if (name == "--password" || name == "--ticket") {
    return is_none + " Others on the machine can read a command line." + did_you_mean(name + "-stdin");
  }
  if (chosen != nullptr) {
    return is_none + did_you_mean(nearest(name, options_of(*chosen)));
  }
  for (const std::string& each : commands()) {
    const auto all = options_of(*app.get_subcommand(each));
    if (std::ranges::find(all, name) != all.end()) {
      return std::string("\"")
          .append(name)
          .append("\" belongs behind the command, as in click2call ")
          .append(each)
          .append(" ")
          .append(name)
          .append(".");
    }
  }
  return is_none + did_you_mean(nearest(name, options_of(app)));
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

// What is wrong, in words, where CLI11's own would not help.
std::string mistake(const CLI::App& app, const CLI::Error& error) {
  const auto all = app.get_subcommands();
  const CLI::App* chosen = all.empty() ? nullptr : all.front();
  if (const auto left = app.remaining(); !left.empty()) {
    return is_option(left.front()) ? no_option(app, nullptr, left.front()) : no_command(left.front());
  }
  if (chosen == nullptr) {
    return error.what();
  }
  if (const auto left = chosen->remaining(); !left.empty()) {
    return is_option(left.front()) ? no_option(app, chosen, left.front())
                                   : "\"" + left.front() + "\" is one word too many.";
  }
  if (error.get_name() == "RequiredError") {
    return chosen->get_name() == "call" ? "There is no number to call."
                                        : "Which call? Give its iden, as `click2call call` told it.";
  }
  return error.what();
}

std::string example(const CLI::App& app) {
  const auto all = app.get_subcommands();
  if (all.empty() || all.front()->get_name() == "call") {
    return "A call is placed with: click2call call NUMBER. More: click2call call --help";
  }
  const std::string& name = all.front()->get_name();
  return (name == "status" ? "How a call goes is told by: click2call status IDEN. More: click2call "
                           : "A call is ended with: click2call hangup IDEN. More: click2call ") +
         name + " --help";
}

}  // namespace

std::expected<arguments, nothing_to_do> parse_arguments(int argc, const char* const* argv) {
  CLI::App app("Calls a number with your own phone: it rings first, and what you asked for is dialled when you answer.",
               "click2call");
  app.set_version_flag("--version", std::string("click2call ") + C2C_VERSION);
  app.require_subcommand(1);
  app.footer(std::string("click2call COMMAND --help tells its options.\n") + exit_codes);
  CLI::App* call = app.add_subcommand("call", "Place a call, and show how it goes; Ctrl-C hangs up");
  call->footer(std::string(sources) + exit_codes);
  CLI::App* status = app.add_subcommand("status", "Tell how a call goes");
  CLI::App* hang_up = app.add_subcommand("hangup", "End a call");
  for (CLI::App* each : {status, hang_up}) {
    each->footer(ticket_sources);
  }
  app.failure_message([](const CLI::App* failed, const CLI::Error& error) {
    return "click2call: " + mistake(*failed, error) + "\n" + example(*failed) + "\n";
  });
  raw in;
  arguments out;
  add_options(*call, in, out);
  add_ticket_options(*status, in, out);
  add_ticket_options(*hang_up, in, out);
  status->add_flag("-f,--follow", out.follow, "show how it goes on, until it is over");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    std::ostringstream complaint;
    const bool wrong = app.exit(error, text, complaint) != 0;
    if (wrong && argc < 2) {
      return std::unexpected(nothing_to_do{.text = app.help(), .error = true});
    }
    return std::unexpected(nothing_to_do{.text = wrong ? complaint.str() : text.str(), .error = wrong});
  }

  CLI::App* const chosen = app.get_subcommands().front();
  out.what = chosen == call ? command::call : chosen == status ? command::status : command::hang_up;
  for (const std::string& word : in.words) {
    out.typed += (out.typed.empty() ? "" : " ") + word;
  }
  set(out.flags.url, *chosen, "--url", in.url);
  set(out.flags.aor, *call, "--aor", in.aor);
  set(out.flags.ca, *chosen, "--ca", in.ca);
  set(out.config, *chosen, "--config", in.config);
  set(out.iden, *chosen, chosen == call ? "--iden" : "iden", in.iden);
  out.max_duration_ms = to_number(in.max_duration_ms);
  out.dial_timeout_s = to_number(in.dial_timeout_s);
  if (in.insecure) {
    out.flags.verify_tls = false;
  }
  if (const auto seconds = to_number(in.timeout_s)) {
    out.whole = std::chrono::seconds(*seconds);
  }
  return out;
}

}  // namespace c2c::client
