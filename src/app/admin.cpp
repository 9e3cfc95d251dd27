#include "app/admin.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/post.hpp>
#include <unistd.h>

#include "api/admin.hpp"
#include "base/ascii.hpp"
#include "net/endpoint.hpp"

namespace c2c::app {
namespace {

constexpr std::size_t most_connections = 32;
constexpr std::chrono::seconds exchange_patience{1};

http::session_options session_options_for_machines() {
  http::session_options options;
  options.limits = {.header_bytes = 4'096, .body_bytes = 256};
  options.request_timeout = std::chrono::seconds(5);
  options.make_room = true;  // for health checks, whoever holds connections
  return options;
}

std::string own_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

std::vector<metrics::observations::limit_figures> limits_of(const auth::throttle::counts& now) {
  const auto named = [](std::string_view name, const auth::throttle::figures& of) {
    return metrics::observations::limit_figures{
        .name = name, .held = of.held, .most = of.most, .refused = of.refused, .forgotten = of.forgotten};
  };
  return {named("requests_per_address", now.requests_per_address), named("calls_per_terminal", now.calls_per_terminal),
          named("wrong_digests", now.wrong_digests), named("claims", now.claims)};
}

}  // namespace

// Shared by who asks and who answers, as either may be gone when the other comes.
struct admin::question {
  explicit question(asio::io_context& control) : patience(control.get_executor(), exchange_patience) {}
  timer patience;
  std::optional<exchange_state> answer;
};

admin::admin(asio::io_context& control, parts given)
    : control_(control),
      parts_(std::move(given)),
      own_name_(own_name()),
      routes_(api::admin_endpoints({.serves = [this](std::string_view host) { return serves(host); },
                                    .alive = parts_.alive,
                                    .ready = [this] { return ready(); },
                                    .metrics = [this] { return page(); }}),
              {}, &parts_.figures.admin()) {}

result<std::unique_ptr<admin>> admin::make(asio::io_context& control, parts given) {
  std::unique_ptr<admin> made(new admin(control, std::move(given)));
  if (const auto opened = made->open(); !opened) {
    return std::unexpected(opened.error());
  }
  return made;
}

result<void> admin::open() {
  const net::endpoint& wanted = *parts_.chosen.server.admin_listen;
  const auto where = http::resolve("server.admin_listen", wanted.host, wanted.port);
  if (!where) {
    return std::unexpected(where.error());
  }
  if (const auto free = http::await_address("server.admin_listen", *where); !free) {
    return free;
  }
  auto acceptor = http::listen(control_, *where);
  if (!acceptor) {
    return fail(errc::unavailable, "server.admin_listen: " + acceptor.error().detail);
  }
  bound_ = acceptor->local_endpoint();
  listener_ = std::make_unique<http::listener>(control_, std::move(*acceptor), nullptr, routes_, origins_,
                                               session_options_for_machines(), most_connections);
  return {};
}

bool admin::serves(std::string_view host) const {
  const auto named = net::split_authority(host);
  if (host.empty() || !named) {
    return host.empty();  // HTTP/1.0
  }
  const auto is = [&](std::string_view name) { return ascii::iequals(name, named->host); };
  const config::server_section& server = parts_.chosen.server;
  return net::is_address(named->host) || is("localhost") || is(own_name_) || is(server.admin_listen->host) ||
         std::ranges::any_of(server.admin_hosts, is);
}

void admin::start() {
  listener_->start();
}

void admin::close() {
  listener_->drain();
  listener_->abort();
}

// On the exchange's thread.
admin::exchange_state admin::look(const asterisk::exchange& exchange, const call::dialler& dial,
                                  const cluster::sharing* shared) {
  exchange_state out;
  for (const asterisk::link_status& link : exchange.status()) {
    out.figures.servers.push_back({link.host, link.ready, link.failures});
    out.servers.push_back({link.host, link.ready, link.last_failure});
  }
  const asterisk::exchange::counts& heard = exchange.statistics();
  out.figures.live_calls = dial.live_calls();
  out.figures.events = heard.events;
  out.figures.sessions = heard.sessions;
  out.figures.lost = heard.lost;
  out.figures.skipped = exchange.skipped();
  if (shared != nullptr) {
    out.figures.sharing = {
        .redis_up = shared->reachable(), .followed = shared->followed(), .taken_over = shared->taken_over()};
  }
  return out;
}

task<std::optional<admin::exchange_state>> admin::ask() {
  // A thread that hangs is not asked again and again: the questions would pile up before it.
  if (late_ && !late_->answer) {
    co_return std::nullopt;
  }
  const auto waiting = std::make_shared<question>(control_);
  asio::post(parts_.exchange_context.get_executor(),
             [waiting, control = control_.get_executor(), exchange = &parts_.exchange, dial = &parts_.dial,
              shared = parts_.shared] {
               asio::post(control, [waiting, found = look(*exchange, *dial, shared)]() mutable {
                 waiting->answer = std::move(found);
                 waiting->patience.cancel();
               });
             });
  ++asking_;
  co_await waiting->patience.async_wait(as_result);
  --asking_;
  late_ = waiting->answer ? nullptr : waiting;
  co_return waiting->answer;
}

metrics::readiness admin::judge(const std::optional<exchange_state>& exchange) const {
  const auto state = [this, now = steady_clock::now()](metrics::backend which) {
    return parts_.figures.state_of(which, metrics::failure_memory, now);
  };
  metrics::readiness_facts facts;
  facts.draining = draining_;
  facts.reload = parts_.reload;
  facts.directory = state(metrics::backend::directory);
  facts.claims = state(metrics::backend::claims);
  facts.routing = state(metrics::backend::routing);
  facts.kamailio = state(metrics::backend::kamailio);
  facts.exchange_answers = exchange.has_value();
  if (exchange) {
    facts.servers = exchange->servers;
    if (const auto& sharing = exchange->figures.sharing; sharing && !sharing->redis_up) {
      facts.claims = metrics::health::fails;
    }
  }
  return metrics::judge(facts);
}

task<metrics::readiness> admin::ready() {
  const auto exchange = co_await ask();
  co_return judge(exchange);
}

task<std::string> admin::page() {
  const auto exchange = co_await ask();
  metrics::observations seen;
  seen.version = C2C_VERSION;
  seen.workers = parts_.workers();
  seen.most_connections = parts_.chosen.server.max_connections;
  seen.most_live_calls = parts_.chosen.call.max_live;
  seen.ready = judge(exchange);
  seen.claims = {parts_.claims.entries(), parts_.claims.bytes(), nonces::memory_options().max_entries,
                 parts_.claims.refused()};
  seen.limits = limits_of(parts_.throttle->statistics(steady_clock::now()));
  seen.ends = parts_.ends.figures();
  if (exchange) {
    seen.exchange = exchange->figures;
  }
  if (parts_.hook) {
    seen.hooks = parts_.hook->statistics();
  }
  seen.process = metrics::read_process_figures();
  co_return metrics::page(parts_.figures, seen);
}

}  // namespace c2c::app
