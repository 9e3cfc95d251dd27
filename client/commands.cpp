#include "client/commands.hpp"

#include <optional>
#include <utility>

#include <unistd.h>

#include "client/call.hpp"
#include "client/command_parts.hpp"
#include "client/hang_up.hpp"
#include "client/live_words.hpp"
#include "client/output.hpp"
#include "client/tickets.hpp"

namespace c2c::client {

namespace {

std::string with_end(std::string text) {
  if (!text.ends_with('\n')) {
    text.push_back('\n');
  }
  return text;
}

// The call's ticket and the service that gave it.
std::expected<kept_ticket, std::string> find_ticket(const arguments& in, const ticket_store& store) {
  if (in.ticket_stdin) {
    const auto line = read_ticket_line(STDIN_FILENO);
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

context about_call(const live_call& which, const arguments& in, std::string end_it) {
  return {.destination = "the number",
          .iden = which.iden,
          .aor = {},
          .where = which.where,
          .whole = in.whole,
          .end_it = std::move(end_it)};
}

int status(arguments in) {
  const ticket_store store(environment);
  std::string end_it = hangup_command(service_options(in), *in.iden);
  const auto which = find_call(in, store);
  if (!which) {
    return wrong(in, which.error());
  }
  screen out(choose_display(in.json, environment("TERM")));
  const context about = about_call(*which, in, std::move(end_it));
  if (in.follow) {
    // Whoever only looks on does not end the call by leaving.
    interrupt nobody(interrupt::none);
    return conclude(watch(*which, about, out, nobody), about, out);
  }
  const auto found = look(*which);
  if (const auto* now = std::get_if<snapshot>(&found)) {
    const auto talking =
        now->connected ? std::chrono::system_clock::now() - *now->connected : std::chrono::nanoseconds(0);
    const std::string text =
        describe(*now, about.destination, std::chrono::duration_cast<std::chrono::seconds>(talking));
    return finish({exit_code::placed, text}, now->json, out);
  }
  const auto* const it = std::get_if<refused>(&found);
  const report said = it != nullptr ? describe_unknown(*it, about) : describe(outcome{std::get<failed>(found)}, about);
  return finish(said, to_json(said), out);
}

// How a hang-up that was not taken ended.
report describe_not_hung_up(const std::variant<refused, failed>& why, const context& about) {
  return std::visit([&](const auto& it) { return describe(end_of_call(it), about); }, why);
}

int end(arguments in) {
  const ticket_store store(environment);
  std::string end_it = hangup_command(service_options(in), *in.iden);
  const auto which = find_call(in, store);
  if (!which) {
    return wrong(in, which.error());
  }
  screen out(choose_display(in.json, environment("TERM")));
  const context about = about_call(*which, in, std::move(end_it));
  hang_up request(*which);
  interrupt stop;
  stop.last_words("click2call: The call may go on. To end it: " + about.end_it);
  const report given_up{exit_code::cancelled, "Given up: the call may go on. To end it: " + about.end_it};
  for (bool told = false;; told = true) {
    switch (request.ask(stop.fd())) {
      case hang_up::result::over:
        return finish({exit_code::placed, "The call is over."}, R"({"ended":true,"iden":")" + which->iden + "\"}", out);
      case hang_up::result::ending:
        return finish({exit_code::placed, "The call is being ended: its server does not answer yet."},
                      request.now().json.empty() ? R"({"ended":false})" : request.now().json, out);
      case hang_up::result::unknown:
      case hang_up::result::refused: {
        const report said = describe_not_hung_up(request.why(), about);
        return finish(said, to_json(said), out);
      }
      case hang_up::result::again: break;
      case hang_up::result::given_up: return finish(given_up, to_json(given_up), out);
    }
    if (request.in_vain()) {
      const report said = describe_not_hung_up(request.why(), about);
      return finish(said, to_json(said), out);
    }
    if (!told) {
      print_error("click2call: Not hung up yet: the service does not take it. It is asked again.");
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(request.next() - steady_clock::now());
    if (pause_for(left.count(), stop.fd())) {
      return finish(given_up, to_json(given_up), out);
    }
  }
}

}  // namespace

int print_out(const std::string& text) {
  screen out(display::lines);
  out.line(text.substr(0, text.find_last_not_of('\n') + 1));
  return written(out, text);
}

void print_error(const std::string& text) {
  write_all(STDERR_FILENO, with_end(text));
}

int run_command(arguments in) {
  switch (in.what) {
    case command::status: return status(std::move(in));
    case command::hang_up: return end(std::move(in));
    case command::call: break;
  }
  return call(std::move(in));
}

}  // namespace c2c::client
