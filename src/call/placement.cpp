#include "call/placement.hpp"

#include <utility>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "auth/aor.hpp"
#include "log/log.hpp"

namespace c2c::call {
namespace {

// Longer than a look-up takes; short enough that a caller who mistyped does not notice.
constexpr std::chrono::milliseconds forbidden_after{20};

// Who places a call is answered by then.
constexpr std::chrono::seconds longest_answer{10};
// What one application server takes that says nothing: the exchange's and the dialler's deadlines.
constexpr std::chrono::seconds one_server{2};

// Measures the stages of one attempt.
class stopwatch {
 public:
  std::chrono::microseconds lap() {
    const steady_time now = steady_clock::now();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - last_);
    last_ = now;
    return took;
  }
  steady_time last() const { return last_; }

 private:
  steady_time last_ = steady_clock::now();
};

std::unexpected<failure> throttled(std::chrono::seconds wait, std::string why) {
  failure out(errc::throttled, std::move(why));
  out.retry_after = wait;
  return std::unexpected(std::move(out));
}

pbx::order order_of(const request& asked, const directory::terminal& caller, const settings& how) {
  return {.iden = asked.iden,
          .destination = asked.destination,
          .endpoint = caller.endpoint,
          .extension = caller.extension,
          .company_id = caller.company_id,
          .brand_id = caller.brand_id,
          .dial_timeout = how.dial_timeout,
          .max_duration = how.max_duration,
          .optimize = how.optimize};
}

}  // namespace

// One request whose form is right, until its outcome. It lives in the coroutine that waits for it.
class placement::attempt {
 public:
  attempt(parts& given, const options& chosen, const request& asked, const settings& how)
      : parts_(given), options_(chosen), asked_(asked), how_(how) {
    log_.aor = asked.aor;
    log_.destination = asked.destination;
    log_.iden = asked.iden;
    note_ceilings();
  }

  // Leaves its line in the log.
  task<result<void>> run();

  // The terminal that proved itself, as name@domain.
  const std::string& owner() const noexcept { return owner_; }

 private:
  void note_ceilings();
  task<result<directory::terminal>> authenticate();
  task<result<void>> ring(directory::terminal caller);
  task<result<void>> dial(pbx::order order);

  parts& parts_;
  const options& options_;
  const request& asked_;
  const settings& how_;
  steady_time deadline_ = asked_.began + longest_answer;
  std::string owner_;
  std::string server_;  // the last one that was tried
  std::string held_;    // what was asked for beyond the ceilings
  log::call_attempt log_;
};

task<result<placement::placed>> placement::place(request asked) {
  // Form first, in the reference's order: none of it costs a nonce.
  if (const auto aor = auth::parse_aor(asked.aor); !aor) {
    co_return std::unexpected(aor.error());
  }
  if (!valid_destination(asked.destination)) {
    co_return fail(errc::invalid_destination);
  }
  if (asked.iden.empty()) {
    asked.iden = make_iden();
  } else if (!valid_iden(asked.iden)) {
    co_return fail(errc::invalid_iden);
  }
  const auto how = settings_for(asked, options_.defaults, options_.most);
  if (!how) {
    co_return std::unexpected(how.error());
  }
  attempt click(parts_, options_, asked, *how);
  const auto outcome = co_await click.run();
  if (!outcome) {
    co_return std::unexpected(outcome.error());
  }
  placed done{.iden = std::move(asked.iden), .ticket = {}};
  if (asked.progress) {
    const auto last_sight = wall_now() + longest_life(how->dial_timeout, how->max_duration) + remembered_for;
    done.ticket = parts_.tickets.issue(done.iden, click.owner(), std::chrono::ceil<std::chrono::seconds>(last_sight));
  }
  co_return done;
}

void placement::attempt::note_ceilings() {
  if (asked_.dial_timeout_s.value_or(0) > how_.dial_timeout.count()) {
    held_ = fmt::format("dialTimeout {} is held to {} s", *asked_.dial_timeout_s, how_.dial_timeout.count());
  }
  if (asked_.max_duration_ms.value_or(0) > how_.max_duration.count()) {
    held_ += fmt::format("{}maxDuration {} is held to {} ms", held_.empty() ? "" : ", ", *asked_.max_duration_ms,
                         how_.max_duration.count());
  }
}

task<result<void>> placement::attempt::run() {
  auto caller = co_await authenticate();
  result<void> outcome = caller ? result<void>() : std::unexpected(caller.error());
  if (caller) {
    outcome = co_await ring(std::move(*caller));
  }
  log_.server = server_;
  if (outcome && log_.outcome.empty()) {
    log_.outcome = "placed";
    log_.detail = held_;
  } else if (!outcome) {
    log_.outcome = to_string(outcome.error().code);
    log_.detail = outcome.error().detail;
  }
  parts_.figures.outcomes[outcome ? 0 : static_cast<std::size_t>(outcome.error().code)].add();
  log::call(log_);
  co_return outcome;
}

task<result<directory::terminal>> placement::attempt::authenticate() {
  stopwatch watch;
  const steady_time started = steady_clock::now();
  const auto aor = *auth::parse_aor(asked_.aor);
  if (const auto early = parts_.throttle.guess(asked_.client, asked_.aor, started); early.count() > 0) {
    co_return throttled(early, "wrong digests before");
  }
  const auto now = wall_seconds();
  const auto nonce = parts_.signer.verify(asked_.aor, asked_.nonce, now);
  if (!nonce) {
    co_return std::unexpected(nonce.error());
  }
  if (const auto full = parts_.throttle.claim(asked_.client, asked_.aor, started); full.count() > 0) {
    co_return throttled(full, "too many nonces of this address");
  }
  // Claimed before the digest is looked at: one guess for each nonce.
  const auto claimed = co_await parts_.claims.claim(nonce->key, nonce->expires);
  const auto claiming = watch.lap();
  parts_.figures.of(metrics::backend::claims).note(claimed, claiming, watch.last());
  if (!claimed) {
    co_return std::unexpected(claimed.error());
  }
  log_.nonce = claiming;

  auto caller = co_await parts_.directory.find(std::string(aor.user), std::string(aor.realm), deadline_);
  log_.directory = watch.lap();
  parts_.figures.of(metrics::backend::directory).note(caller, log_.directory, watch.last());
  if (!caller && caller.error().code != errc::not_found) {
    co_return std::unexpected(caller.error());
  }
  // An unknown terminal costs the same digest as a known one, so that time does not tell them apart.
  static constexpr std::string_view nobodys_password = "no terminal has this password";
  const bool right = parts_.digester.verify(asked_.response, aor.user, aor.realm,
                                            caller ? std::string_view(caller->password.reveal()) : nobodys_password,
                                            asked_.nonce, asked_.destination);
  if (caller) {
    caller->password = {};  // nobody else needs it
  }
  const auto wait = parts_.throttle.judge(asked_.client, asked_.aor, caller && right, steady_clock::now());
  if (!caller || !right || wait.count() > 0) {
    // The database answers sooner for a name that it does not have: the refusal waits until both would be answered.
    timer even(co_await asio::this_coro::executor, started + forbidden_after);
    co_await even.async_wait(as_result);
  }
  if (wait.count() > 0) {
    co_return throttled(wait, "wrong digests meanwhile");
  }
  if (!caller) {
    co_return fail(errc::forbidden, "no such terminal, or it has no endpoint, user or extension");
  }
  if (!right) {
    co_return fail(errc::forbidden, "wrong digest");
  }
  if (!options_.destinations.allows(asked_.destination)) {
    co_return fail(errc::destination_refused);
  }
  owner_ = caller->name + '@' + caller->domain;
  if (const auto full = parts_.throttle.call(owner_, started); full.count() > 0) {
    co_return throttled(full, "too many calls of this terminal");
  }
  co_return caller;
}

task<result<void>> placement::attempt::ring(directory::terminal caller) {
  auto order = order_of(asked_, caller, how_);
  if (parts_.phones != nullptr && (asked_.progress || options_.unregistered == preflight::reject)) {
    stopwatch watch;
    const auto registered = co_await parts_.phones->registered(caller.name, caller.domain, deadline_);
    log_.routing = watch.lap();
    parts_.figures.of(metrics::backend::registrar).note(registered, log_.routing, watch.last());
    if (!registered) {
      log::debug("pre-flight of {}: {}", owner_, registered.error().detail);
    } else if (!*registered && !co_await parts_.dial.look(order.iden, owner_)) {
      // Not where this is a retry of a call that lives: that is answered as before.
      if (options_.unregistered == preflight::reject) {
        co_return fail(errc::not_registered);
      }
      log_.outcome = to_string(errc::not_registered);
      co_return co_await parts_.dial.refuse(owner_, std::move(order), deadline_);
    }
  }
  co_return co_await dial(std::move(order));
}

task<result<void>> placement::attempt::dial(pbx::order order) {
  stopwatch watch;
  const std::uint64_t company = order.company_id;
  const auto routed = [&](const result<routing::servers>& found) {
    const auto took = watch.lap();
    log_.routing += took;
    parts_.figures.of(metrics::backend::routing).note(found, took, watch.last());
  };
  auto servers = co_await parts_.router.first_choice(company, deadline_);
  routed(servers);
  routing::servers tried;
  failure last(errc::no_application_server);
  for (bool more = true; more;) {
    if (!servers) {
      co_return std::unexpected(tried.empty() ? servers.error() : last);
    }
    for (const std::string& server : *servers) {
      if (!tried.empty() && steady_clock::now() + one_server > deadline_) {
        co_return std::unexpected(last);
      }
      server_ = server;
      const auto dialled = co_await parts_.dial.dial(server, owner_, order, deadline_);
      const auto dialling = watch.lap();
      log_.ami += dialling;
      parts_.figures.of(metrics::backend::originate).note(dialled, dialling, watch.last());
      if (dialled) {
        co_return result<void>();
      }
      last = dialled.error();
      // Only where nothing was sent may another server be tried.
      if (last.code != errc::not_sent) {
        co_return std::unexpected(last);
      }
      tried.push_back(server);
    }
    more = tried.size() == servers->size();
    if (more) {
      servers = co_await parts_.router.alternatives(company, tried, deadline_);
      routed(servers);
    }
  }
  co_return std::unexpected(last);
}

std::string placement::make_iden() {
  static constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string iden(16, '0');
  for (char& c : iden) {
    c = base62[parts_.random.below(base62.size())];
  }
  return iden;
}

}  // namespace c2c::call
