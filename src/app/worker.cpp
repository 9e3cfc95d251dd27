#include "app/worker.hpp"

#include <boost/asio/post.hpp>

#include "api/call.hpp"
#include "api/challenge.hpp"
#include "api/live_call.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::app {
namespace {

constexpr std::string_view live_methods = "GET, DELETE, OPTIONS";
constexpr std::string_view live_headers = "Authorization, Content-Type, Last-Event-ID";
constexpr std::chrono::milliseconds drain_poll{20};
// A client that keeps its connection may be about to write; in this time it is told that the next answer is the last,
// instead of meeting a closed connection.
constexpr std::chrono::seconds last_answers{1};
// A connection that keeps its worker has had its last answer by then.
constexpr std::chrono::seconds last_requests{15};

constexpr std::chrono::seconds warn_interval{10};

using limit = std::chrono::seconds (auth::throttle::*)(const asio::ip::address& client, steady_time now);

http::admission admission(auth::throttle& throttle, limit which, std::string_view complaint) {
  return [&throttle, which, complaint, next_warning = steady_time()](const asio::ip::address& client) mutable {
    const steady_time now = steady_clock::now();
    const auto wait = (throttle.*which)(client, now);
    if (wait.count() > 0 && now >= next_warning) {
      next_warning = now + warn_interval;
      log::warn("{} {} (throttle.requests_per_address)", client.to_string(), complaint);
    }
    return wait;
  };
}

}  // namespace

worker::worker(const worker_options& options, const make_backends& make, parts given)
    : options_(options),
      parts_(std::move(given)),
      signer_(options.secret, options.nonce_ttl),
      tickets_(options.secret),
      backends_(make(context_, parts_.figures.calls)),
      placement_(
          {signer_, digester_, random_, backends_.claims ? *backends_.claims : parts_.claims, *backends_.directory,
           *backends_.router, parts_.dial, tickets_, parts_.throttle, backends_.phones.get(), parts_.figures.calls},
          options.calls),
      routes_(
          {
              {"/challenge", http::verb::post, "POST, OPTIONS", api::make_challenge(signer_, random_), "Content-Type",
               metrics::endpoint::challenge},
              {"/call", http::verb::post, "POST, OPTIONS", api::make_call(placement_), "Content-Type",
               metrics::endpoint::call},
              {"/calls/", http::verb::get, live_methods, api::make_watch(parts_.dial, tickets_), live_headers,
               metrics::endpoint::live_call},
              {"/calls/", http::verb::delete_, live_methods, api::make_hang_up(parts_.dial, tickets_), live_headers,
               metrics::endpoint::hang_up},
          },
          admission(parts_.throttle, &auth::throttle::request, "asks too often and is answered 429"),
          &parts_.figures.http) {}

worker::~worker() {
  if (thread_.joinable() && !started_) {
    start_.release();  // it finds that it is not wanted
  }
  join();
}

void worker::prepare() {
  thread_ = std::thread([this] {
    start_.acquire();
    if (started_) {
      run();
    }
  });
}

result<asio::ip::tcp::endpoint> worker::listen(const asio::ip::tcp::endpoint& where) {
  auto acceptor = http::listen(context_, where);
  if (!acceptor) {
    return fail(errc::unavailable, "server.listen: " + acceptor.error().detail);
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
  http::session_options session = options_.session;
  session.admit_handshake =
      admission(parts_.throttle, &auth::throttle::handshake, "begins too many TLS connections, and is refused some");
  listener_ = std::make_unique<http::listener>(context_, std::move(acceptor), parts_.tls, routes_, parts_.origins,
                                               std::move(session), options_.max_connections);
}

void worker::start() noexcept {
  started_ = true;
  start_.release();
}

void worker::run() {
  listener_->start();
  if (options_.probe_interval.count() > 0) {
    probing_ = true;
    net::spawn_lasting(context_.get_executor(), "probing the directory", [this] { return keep_probing(); });
  }
  net::run(context_);
  stopped_ = true;
}

void worker::stop(std::chrono::milliseconds grace) {
  net::spawn(context_.get_executor(), "the end of a worker", shut(grace));
}

void worker::retire() {
  net::spawn(context_.get_executor(), "the end of a worker", fade());
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
    const auto found = co_await backends_.directory->find("readiness", "probe.invalid", steady_time::max());
    if (found || found.error().code != errc::overloaded) {
      parts_.figures.calls.of(metrics::backend::directory)
          .note_state(found || !metrics::at_fault(found.error().code), steady_clock::now());
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
  timer poll(context_.get_executor());
  while (probing_) {
    poll.expires_after(drain_poll);
    co_await poll.async_wait(as_result);
  }
}

task<void> worker::wait_until_drained(steady_time deadline) {
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
  co_await wait_until_drained(steady_clock::now() + last_answers);
  listener_->drain();
  co_await wait_until_drained(steady_clock::now() + grace);
  co_await end();
}

task<void> worker::fade() {
  listener_->retire();
  stop_probing();  // whoever takes over may know another directory
  co_await wait_until_drained(steady_clock::now() + options_.session.idle_timeout + last_requests);
  co_await end();
}

// Requests whose connections are gone run to deadlines of their own. They use the backends, which go when they have
// ended and no sooner, however long that takes.
task<void> worker::end() {
  listener_->abort();
  co_await wait_until_drained(steady_time::max());
  co_await end_probing();
  // Their connection pools keep the loop alive until they are gone.
  backends_ = {};
}

}  // namespace c2c::app
