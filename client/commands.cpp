#include "client/commands.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <unistd.h>

#include "base/random.hpp"
#include "client/call.hpp"
#include "client/follow.hpp"
#include "client/http.hpp"
#include "client/interrupt.hpp"
#include "client/live_words.hpp"
#include "client/number.hpp"
#include "client/prompt.hpp"
#include "client/screen.hpp"
#include "client/settings.hpp"
#include "client/tickets.hpp"
#include "client/words.hpp"
#include "net/asio.hpp"

namespace c2c::client {

namespace {

// A ticket is good for as long as its call can live; here it is kept for the longest that a call may be asked to last.
constexpr std::chrono::hours ticket_life{26};

const char* environment(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread runs yet
}

void print(std::FILE* to, std::string text) {
  if (!text.ends_with('\n')) {
    text.push_back('\n');
  }
  std::fputs(text.c_str(), to);
  std::fflush(to);
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

// Says how it ended, as the one line that counts.
int finish(const report& said, const std::string& json, screen& out) {
  if (out.how() == display::json) {
    out.line(json);
  }
  if (said.code == exit_code::placed && out.how() != display::json) {
    out.line(said.text);
  } else if (said.code != exit_code::placed) {
    out.erase();
    print_error("click2call: " + said.text);
  }
  return static_cast<int>(said.code);
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

// Shows the call until it is over.
int watch(const live_call& which, const context& about, screen& out, interrupt& stop) {
  std::optional<snapshot> last;
  steady_time connected_at{};
  const auto talking = [&] { return std::chrono::floor<std::chrono::seconds>(steady_clock::now() - connected_at); };
  const auto tell = [&](const snapshot* change) {
    if (change != nullptr && out.how() == display::json) {
      out.line(change->json);
    }
    if (change != nullptr) {
      if (change->state == call_state::connected && (!last || last->state != call_state::connected)) {
        connected_at = steady_clock::now();
      }
      last = *change;
    }
    // How it ended is said at the end; how it began is too short to be read.
    if (last && !last->over() && last->state != call_state::initiating && out.how() != display::json) {
      out.status(describe(*last, about.destination, talking()), change != nullptr);
    }
  };
  const end_of_call how = follow(which, stop, tell);
  const report said = describe(how, about);
  return finish(said, to_json(how, about, said), out);
}

// A ticket that cannot be kept is no reason not to call.
void keep(const ticket_store& store, const placed& it, const settings& who, screen& out) {
  if (it.ticket.empty() || !is_ticket(it.ticket)) {
    return;
  }
  const auto kept = store.keep(it.iden, {.url = who.url.text(), .ticket = it.ticket}, now(), ticket_life);
  if (!kept && out.how() != display::json) {
    print_error("click2call: note: `click2call status` and `hangup` will not find this call: " + kept.error());
  }
}

int call(arguments in) {
  auto destination = to_destination(in.typed);
  if (!destination) {
    return wrong(in, destination.error());
  }
  if (in.iden && !is_iden(*in.iden)) {
    return wrong(in, "The iden is 1 to 32 of A-Z a-z 0-9 _ and -.");
  }
  const std::string path = in.config ? *in.config : default_config_path(environment);
  auto all = gather(in, path);
  if (!all) {
    return wrong(in, all.error());
  }
  const std::string question = "SIP password of " + all->aor.value_or("the terminal") + ":";
  auto who = settle(std::move(*all), path, [&] { return ask_password(question); });
  if (!who) {
    return wrong(in, who.error());
  }

  screen out(choose_display(in.json, environment("TERM")));
  random_source random;
  const order what{.destination = *destination,
                   .iden = in.iden ? *in.iden : make_iden(random),
                   .max_duration_ms = in.max_duration_ms,
                   .dial_timeout_s = in.dial_timeout_s,
                   .optimize = in.optimize,
                   .progress = true,
                   .dry_run = in.dry_run};
  if (in.typed != what.destination && !in.json) {
    out.line("\"" + in.typed + "\" is dialled as " + what.destination + ".");
  }
  const connection_options how{.verify_tls = who->verify_tls, .ca = who->ca, .whole = in.whole};
  // From here on Ctrl-C must not leave a phone ringing.
  std::optional<interrupt> stop;
  if (!in.detach && !in.dry_run) {
    stop.emplace();
  }
  connection service(who->url, how);
  const outcome happened = place(*who, what, [&](std::string_view endpoint, const std::string& json, repeat again) {
    return service.post(endpoint, json, again);
  });
  who->password.wipe();

  const context about{
      .destination = what.destination, .iden = what.iden, .aor = who->aor, .where = who->url, .whole = in.whole};
  const report said = describe(happened, about);
  if (said.code != exit_code::placed) {
    return finish(said, to_json(happened, about, said), out);
  }
  const auto* const it = std::get_if<placed>(&happened.what);
  const bool live = stop && it != nullptr && !it->ticket.empty();
  if (in.json) {
    out.line(to_json(happened, about, said));
  } else {
    out.line(live ? "Calling " + what.destination + ". Ctrl-C hangs up. (iden " + it->iden + ")" : said.text);
  }
  const ticket_store store(environment);
  if (it != nullptr) {
    keep(store, *it, *who, out);
  }
  if (!live) {
    return static_cast<int>(said.code);
  }
  const int code = watch({who->url, how, it->iden, it->ticket}, about, out, *stop);
  store.forget(it->iden);
  return code;
}

// The call's ticket and the service that gave it.
std::expected<kept_ticket, std::string> find_ticket(const arguments& in, const ticket_store& store) {
  if (in.ticket_stdin) {
    const auto line = read_password_line(STDIN_FILENO);
    return line ? std::expected<kept_ticket, std::string>(kept_ticket{.url = {}, .ticket = std::string(line->view())})
                : std::unexpected(line.error());
  }
  if (const char* ticket = environment("CLICK2CALL_TICKET"); ticket != nullptr && *ticket != '\0') {
    return kept_ticket{.url = {}, .ticket = ticket};
  }
  auto kept = store.find(*in.iden, now());
  if (!kept) {
    return std::unexpected(kept.error());
  }
  if (!*kept) {
    return std::unexpected("There is no ticket of the call " + *in.iden +
                           (store.folder().empty() ? "" : " in " + store.folder()) +
                           ". Give it with --ticket-stdin or CLICK2CALL_TICKET, or name a call that was placed here.");
  }
  return std::move(**kept);
}

// The call that status and hangup are about.
std::expected<live_call, std::string> find_call(arguments& in, const ticket_store& store) {
  if (!is_iden(*in.iden)) {
    return std::unexpected("The iden is 1 to 32 of A-Z a-z 0-9 _ and -.");
  }
  auto found = find_ticket(in, store);
  if (!found) {
    return std::unexpected(found.error());
  }
  if (!is_ticket(found->ticket)) {
    return std::unexpected("The ticket is none: it is the \"ticket\" that the service answered.");
  }
  auto all = gather(in, in.config ? *in.config : default_config_path(environment));
  if (!all) {
    return std::unexpected(all.error());
  }
  const std::string address = found->url.empty() ? all->url.value_or("") : found->url;
  if (address.empty()) {
    return std::unexpected("Where is the service? Give --url https://pbx.example.com:9090 or set CLICK2CALL_URL.");
  }
  auto where = parse_url(address);
  if (!where) {
    return std::unexpected(where.error());
  }
  const connection_options how{
      .verify_tls = all->verify_tls.value_or(true), .ca = all->ca.value_or(""), .whole = in.whole};
  return live_call{std::move(*where), how, *in.iden, std::move(found->ticket)};
}

context about_call(const live_call& which, const arguments& in) {
  return {.destination = "the number", .iden = which.iden, .aor = {}, .where = which.where, .whole = in.whole};
}

int status(arguments in) {
  const ticket_store store(environment);
  const auto which = find_call(in, store);
  if (!which) {
    return wrong(in, which.error());
  }
  screen out(choose_display(in.json, environment("TERM")));
  const context about = about_call(*which, in);
  if (in.follow) {
    // Whoever only looks on does not end the call by leaving.
    interrupt nobody(interrupt::none);
    return watch(*which, about, out, nobody);
  }
  const auto found = look(*which);
  if (const auto* now = std::get_if<snapshot>(&found)) {
    const auto talking =
        now->connected ? std::chrono::system_clock::now() - *now->connected : std::chrono::nanoseconds(0);
    out.line(in.json ? now->json
                     : describe(*now, about.destination, std::chrono::duration_cast<std::chrono::seconds>(talking)));
    return 0;
  }
  const auto* const it = std::get_if<refused>(&found);
  const report said = it != nullptr ? describe_unknown(*it, about) : describe(outcome{std::get<failed>(found)}, about);
  return finish(said, to_json(said), out);
}

int hang_up(arguments in) {
  const ticket_store store(environment);
  const auto which = find_call(in, store);
  if (!which) {
    return wrong(in, which.error());
  }
  screen out(choose_display(in.json, environment("TERM")));
  const context about = about_call(*which, in);
  const auto done = hang_up(*which);
  if (std::holds_alternative<std::monostate>(done)) {
    out.line(in.json ? R"({"ended":true,"iden":")" + which->iden + "\"}" : "The call is over.");
    return 0;
  }
  if (const auto* now = std::get_if<snapshot>(&done)) {
    out.line(in.json ? now->json : "The call is being ended: its server does not answer yet.");
    return 0;
  }
  const auto* const it = std::get_if<refused>(&done);
  const report said = it != nullptr ? describe_unknown(*it, about) : describe(outcome{std::get<failed>(done)}, about);
  return finish(said, to_json(said), out);
}

}  // namespace

void print_out(const std::string& text) {
  print(stdout, text);
}

void print_error(const std::string& text) {
  print(stderr, text);
}

int run_command(arguments in) {
  switch (in.what) {
    case command::status: return status(std::move(in));
    case command::hang_up: return hang_up(std::move(in));
    case command::call: break;
  }
  return call(std::move(in));
}

}  // namespace c2c::client
