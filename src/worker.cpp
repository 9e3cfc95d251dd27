#include "worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "api/call.hpp"
#include "api/challenge.hpp"
#include "api/live_call.hpp"
#include "ops/log.hpp"

namespace c2c {
namespace {

constexpr std::string_view live_methods = "GET, DELETE, OPTIONS";
constexpr std::string_view live_headers = "Authorization, Content-Type, Last-Event-ID";
constexpr std::chrono::milliseconds drain_poll{20};
// A client that keeps its connection may be about to write; in this time it is told that the next answer is the last,
// instead of meeting a closed connection.
constexpr std::chrono::seconds last_answers{1};
// A request whose connection was ended still runs to its own deadlines; longer than all of them.
constexpr std::chrono::seconds last_requests{15};

constexpr std::chrono::seconds warn_interval{10};

http::admission admission(auth::throttle& throttle) {
  return [&throttle, next_warning = steady_time()](const asio::ip::address& client) mutable {
    const steady_time now = steady_clock::now();
    const auto wait = throttle.request(client, now);
    if (wait.count() > 0 && now >= next_warning) {
      next_warning = now + warn_interval;
      ops::log_warn("{} asks too often and is answered 429 (throttle.requests_per_address)", client.to_string());
    }
    return wait;
  };
}

}  // namespace

worker::worker(const worker_options& options, const make_backends& make, claims::store& claims,
               auth::throttle& throttle, call::dialler& dial, const http::cors& origins,
               std::shared_ptr<asio::ssl::context> tls, ops::worker_metrics& figures)
    : options_(options),
      origins_(origins),
      tls_(std::move(tls)),
      figures_(figures),
      signer_(options.secret, options.nonce_ttl),
      tickets_(options.secret),
      backends_(make(context_, figures.calls)),
      placement_({signer_, digester_, random_, backends_.claims ? *backends_.claims : claims, *backends_.directory,
                  *backends_.router, dial, tickets_, throttle, backends_.phones.get(), figures.calls},
                 options.calls),
      routes_(
          {
              {"/challenge", http::verb::post, "POST, OPTIONS", api::make_challenge(signer_, random_), "Content-Type",
               ops::endpoint::challenge},
              {"/call", http::verb::post, "POST, OPTIONS", api::make_call(placement_), "Content-Type",
               ops::endpoint::call},
              {"/calls/", http::verb::get, live_methods, api::make_watch(dial, tickets_), live_headers,
               ops::endpoint::live_call},
              {"/calls/", http::verb::delete_, live_methods, api::make_hang_up(dial, tickets_), live_headers,
               ops::endpoint::hang_up},
          },
          admission(throttle), &figures.http) {}

worker::~worker() {
  join();
}

result<asio::ip::tcp::endpoint> worker::listen(const asio::ip::tcp::endpoint& where) {
  auto acceptor = http::listen(context_, where);
  if (!acceptor) {
    return std::unexpected(acceptor.error());
  }
  auto bound = acceptor->local_endpoint();
  serve_on(std::move(*acceptor));
  return bound;
}

result<asio::ip::tcp::endpoint> worker::share(int descriptor) {
  auto acceptor = http::share(context_, descriptor);
  if (!acceptor) {
    return std::unexpected(acceptor.error());
  }
  auto bound = acceptor->local_endpoint();
  serve_on(std::move(*acceptor));
  return bound;
}

void worker::serve_on(tcp_acceptor acceptor) {
  listener_ = std::make_unique<http::listener>(context_, std::move(acceptor), tls_, routes_, origins_, options_.session,
                                               options_.max_connections);
}

void worker::start() {
  listener_->start();
  if (options_.probe_interval.count() > 0) {
    probing_ = true;
    asio::co_spawn(context_.get_executor(), keep_probing(), asio::detached);
  }
  thread_ = std::thread([this] {
    for (;;) {
      try {
        context_.run();
        break;
      } catch (const std::exception& e) {
        // A bug, or no memory: the connection at fault is gone, the others go on.
        ops::log_error("unexpected: {}", e.what());
      }
    }
    stopped_ = true;
  });
}

void worker::stop(std::chrono::milliseconds grace) {
  asio::co_spawn(context_.get_executor(), shut(grace), asio::detached);
}

void worker::retire() {
  asio::co_spawn(context_.get_executor(), fade(), asio::detached);
}

void worker::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void worker::tick() {
  asio::post(context_.get_executor(), [this] { ++ticks_; });
}

// Nobody may be calling while the directory is away; who asks /readyz should hear of it all the same.
task<void> worker::keep_probing() {
  while (!probing_ends_) {
    const auto found = co_await backends_.directory->find("readiness", "probe.invalid");
    if (found || found.error().code != errc::overloaded) {
      figures_.calls.of(ops::backend::directory)
          .note_state(found || !ops::at_fault(found.error().code), steady_clock::now());
    }
    if (!probing_ends_) {
      probe_.expires_after(options_.probe_interval);
      co_await probe_.async_wait(as_result);
    }
  }
  probing_ = false;
}

void worker::stop_probing() {
  probing_ends_ = true;
  probe_.cancel();
}

// The directory is not to go while it is asked; it answers within its own deadline.
task<void> worker::end_probing() {
  stop_probing();
  const steady_time deadline = steady_clock::now() + last_requests;
  timer poll(context_.get_executor());
  while (probing_ && steady_clock::now() < deadline) {
    poll.expires_after(drain_poll);
    co_await poll.async_wait(as_result);
  }
}

task<void> worker::wait_until_drained(std::chrono::milliseconds patience) {
  const steady_time deadline = steady_clock::now() + patience;
  timer poll(context_.get_executor());
  // Who was accepted last is counted two turns of the loop later: one for the socket, one for its session.
  for (int turn = 0; turn < 2; ++turn) {
    co_await asio::post(context_.get_executor(), as_result);
  }
  while (!listener_->drained() && steady_clock::now() < deadline) {
    poll.expires_after(drain_poll);
    co_await poll.async_wait(as_result);
  }
}

task<void> worker::shut(std::chrono::milliseconds grace) {
  listener_->begin_to_end();
  co_await wait_until_drained(last_answers);
  listener_->drain();
  co_await wait_until_drained(grace);
  co_await end();
}

task<void> worker::fade() {
  listener_->retire();
  stop_probing();  // whoever takes over may know another directory
  co_await wait_until_drained(options_.session.idle_timeout + last_requests);
  co_await end();
}

task<void> worker::end() {
  listener_->abort();
  co_await wait_until_drained(last_requests);
  co_await end_probing();
  // Their connection pools keep the loop alive until they are gone.
  backends_ = {};
}

}  // namespace c2c
