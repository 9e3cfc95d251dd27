// click2call call: places the call and, unless it is to go on by itself, stays with it until it is over.
#include <exception>
#include <optional>
#include <utility>

#include "base/random.hpp"
#include "client/call.hpp"
#include "client/command_parts.hpp"
#include "client/commands.hpp"
#include "client/number.hpp"
#include "client/prompt.hpp"
#include "client/tickets.hpp"

namespace c2c::client {

namespace {

// A ticket is good for as long as its call can live; here it is kept for the longest that a call may be asked to last.
constexpr std::chrono::hours ticket_life{26};

constexpr const char* at_your_phone = "hang up your phone, or decline the call there.";

// Whether `status` and `hangup` will find the call. A ticket that cannot be kept is no reason not to call.
bool keep(const ticket_store& store, const placed& it, const settings& who, const screen& out) {
  if (!is_ticket(it.ticket)) {
    return false;
  }
  const auto kept = store.keep(it.iden, {.url = who.url.text(), .ticket = it.ticket}, now(), ticket_life);
  if (!kept && out.how() != display::json) {
    print_error("click2call: note: `click2call status` and `hangup` will not find this call: " + kept.error());
  }
  return kept.has_value();
}

int give_up(const arguments& in) {
  const report said{exit_code::cancelled, "Given up: no call was placed."};
  screen out(choose_display(in.json, environment("TERM")));
  return finish(said, to_json(said), out);
}

struct request {
  settings who;
  order what;
  std::string options;  // of the hang-up's command
};

// Follows the call that was placed; or leaves it alone, where that is wanted or the service tells nothing of it.
int go_on(const arguments& in, const request& asked, const placed& it, context about, screen& out, interrupt& stop) {
  const report said = describe(outcome{it}, about);
  const std::string json = to_json(outcome{it}, about, said);
  about.iden = it.iden;
  const ticket_store store(environment);
  about.end_it = keep(store, it, asked.who, out) ? hangup_command(asked.options, it.iden) : "";
  const std::string end_it = "To end it, " + (about.end_it.empty() ? at_your_phone : "run: " + about.end_it);
  stop.last_words("click2call: The call may go on. " + end_it);

  const bool live = !it.ticket.empty();
  const bool stays = live && !in.detach;
  if (in.json) {
    out.line(json);
  } else {
    out.line(stays ? "Calling " + about.destination + ". Ctrl-C hangs up. (iden " + it.iden + ")" : said.text);
  }
  if (!stays && !stop.asked()) {
    return written(out, said.text + " " + end_it);
  }
  if (!live) {
    print_error(std::string("click2call: Given up, but this service cannot be told to end a call: ") + at_your_phone);
    return static_cast<int>(exit_code::cancelled);
  }
  try {
    const connection_options how{.verify_tls = asked.who.verify_tls, .ca = asked.who.ca, .whole = in.whole};
    const end_of_call end = watch({asked.who.url, how, it.iden, it.ticket}, about, out, stop);
    if (known_to_be_over(end)) {
      store.forget(it.iden);
    }
    return conclude(end, about, out);
  } catch (const std::exception&) {
    print_error("click2call: The call may go on. " + end_it);
    throw;
  }
}

}  // namespace

int call(arguments in) {
  auto destination = to_destination(in.typed);
  if (!destination) {
    return wrong(in, destination.error());
  }
  if (in.iden && !is_iden(*in.iden)) {
    return wrong(in, "The iden is 1 to 32 of A-Z a-z 0-9 _ and -.");
  }
  random_source random;
  request asked;
  asked.what = {.destination = *destination,
                .iden = in.iden ? *in.iden : make_iden(random),
                .max_duration_ms = in.max_duration_ms,
                .dial_timeout_s = in.dial_timeout_s,
                .optimize = in.optimize,
                .progress = true,
                .dry_run = in.dry_run};
  asked.options = service_options(in);
  const std::string path = in.config ? *in.config : default_config_path(environment);
  auto all = gather(in, path);
  if (!all) {
    return wrong(in, all.error());
  }
  const std::string question = "SIP password of " + all->aor.value_or("the terminal") + ":";
  bool given_up = false;
  auto who = settle(std::move(*all), path, [&]() -> std::optional<secret> {
    auto typed = ask_password(question);
    given_up = !typed && typed.error() == no_password::given_up;
    return typed ? std::optional(std::move(*typed)) : std::nullopt;
  });
  if (given_up) {
    return give_up(in);
  }
  if (!who) {
    return wrong(in, who.error());
  }
  asked.who = std::move(*who);

  // From here on no signal may leave a phone ringing without a word.
  interrupt stop;
  const order& what = asked.what;
  screen out(choose_display(in.json, environment("TERM")));
  if (in.typed != what.destination && !in.json) {
    out.line("\"" + in.typed + "\" is dialled as " + what.destination + ".");
  }
  connection service(
      asked.who.url,
      {.verify_tls = asked.who.verify_tls, .ca = asked.who.ca, .whole = in.whole, .wake = stop.fd(), .held_up = [] {
         print_error("click2call: The call was sent already: it is hung up as soon as the service answers.");
       }});
  const outcome happened =
      place(asked.who, what, [&](std::string_view endpoint, const std::string& json, repeat again) {
        if (again == repeat::never) {
          stop.last_words("click2call: Your phone may ring, and nothing is known yet that would end the call " +
                          what.iden + ": " + at_your_phone);
        }
        return service.post(endpoint, json, again);
      });
  asked.who.password.wipe();

  const context about{.destination = what.destination,
                      .iden = what.iden,
                      .aor = asked.who.aor,
                      .where = asked.who.url,
                      .whole = in.whole};
  if (const auto* it = std::get_if<placed>(&happened.what)) {
    return go_on(in, asked, *it, about, out, stop);
  }
  const report said = describe(happened, about);
  return finish(said, to_json(happened, about, said), out);
}

}  // namespace c2c::client
