#include "client/arguments.hpp"

#include <limits>
#include <sstream>
#include <vector>

#include <CLI/CLI.hpp>

namespace c2c::client {

namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 connected and ended (with --detach: placed), 1 other failure, 2 command line or settings,\n"
    "3 not authorised, 4 service not reachable, 5 the service's backend failed, 6 refused for now (iden in use, too\n"
    "many tries), 7 busy or declined, 8 no answer, 9 the call failed, 10 given up before it was connected.";

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
  std::int64_t max_duration_ms = 0;
  std::int64_t dial_timeout_s = 0;
  std::int64_t timeout_s = 0;
  bool insecure = false;
};

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
      ->check(CLI::Range(std::int64_t{1}, most_timeout_s, "1 to 3600"));
}

void add_ticket_options(CLI::App& any, raw& in, arguments& out) {
  any.add_option("iden", in.iden, "the call's id, as `click2call call` told it")->required();
  any.add_flag("--ticket-stdin", out.ticket_stdin, "read the call's ticket from standard input");
  add_service_options(any, in, out);
}

void add_options(CLI::App& call, raw& in, arguments& out) {
  const CLI::Range positive(std::int64_t{1}, std::int64_t{std::numeric_limits<std::int32_t>::max()}, "at least 1");
  call.add_option("destination", in.words, "the number to call; spaces . - / ( ) in it are left out")->required();
  call.add_option("--aor", in.aor, "the terminal that calls, as alice@pbx.example.com")->type_name("USER@DOMAIN");
  call.add_flag("--password-stdin", out.password_stdin, "read the terminal's SIP password from standard input");
  call.add_option("--iden", in.iden, "the call's id, 1 to 32 of A-Z a-z 0-9 _ - (default: a random one)")
      ->type_name("ID");
  call.add_option("--max-duration", in.max_duration_ms, "end the call after so many milliseconds")
      ->type_name("MS")
      ->check(positive);
  call.add_option("--dial-timeout", in.dial_timeout_s, "let your phone ring so many seconds")
      ->type_name("SECONDS")
      ->check(positive);
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
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("click2call: ") + error.what() +
           "\nA call is placed with: click2call call NUMBER. More: click2call call --help\n";
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
    std::ostringstream mistake;
    const bool wrong = app.exit(error, text, mistake) != 0;
    if (wrong && argc < 2) {
      return std::unexpected(nothing_to_do{.text = app.help(), .error = true});
    }
    return std::unexpected(nothing_to_do{.text = wrong ? mistake.str() : text.str(), .error = wrong});
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
  set(out.max_duration_ms, *call, "--max-duration", in.max_duration_ms);
  set(out.dial_timeout_s, *call, "--dial-timeout", in.dial_timeout_s);
  if (in.insecure) {
    out.flags.verify_tls = false;
  }
  if (in.timeout_s > 0) {
    out.whole = std::chrono::seconds(in.timeout_s);
  }
  return out;
}

}  // namespace c2c::client
