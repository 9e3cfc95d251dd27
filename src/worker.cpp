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
               std::shared_ptr<asio::ssl::context> tls)
    : options_(options),
      origins_(origins),
      tls_(std::move(tls)),
      signer_(options.secret, options.nonce_ttl),
      tickets_(options.secret),
      backends_(make(context_)),
      placement_({signer_, digester_, random_, backends_.claims ? *backends_.claims : claims, *backends_.directory,
                  *backends_.router, dial, tickets_, throttle, backends_.phones.get()},
                 options.calls),
      routes_(
          {
              {"/challenge", http::verb::post, "POST, OPTIONS", api::make_challenge(signer_, random_)},
              {"/call", http::verb::post, "POST, OPTIONS", api::make_call(placement_)},
              {"/calls/", http::verb::get, live_methods, api::make_watch(dial, tickets_), live_headers},
              {"/calls/", http::verb::delete_, live_methods, api::make_hang_up(dial, tickets_), live_headers},
          },
          admission(throttle)) {}

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
  listener_->drain();
  co_await wait_until_drained(grace);
  co_await end();
}

task<void> worker::fade() {
  listener_->retire();
  co_await wait_until_drained(options_.session.idle_timeout + last_requests);
  co_await end();
}

task<void> worker::end() {
  listener_->abort();
  co_await wait_until_drained(last_requests);
  // Their connection pools keep the loop alive until they are gone.
  backends_ = {};
}

}  // namespace c2c
