#include "service.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "ami/exchange.hpp"
#include "backends.hpp"
#include "claims/memory.hpp"
#include "http/tls.hpp"
#include "ops/log.hpp"
#include "ops/notify.hpp"
#include "ops/webhook.hpp"
#include "worker.hpp"

namespace c2c {
namespace {

constexpr std::chrono::seconds grace{10};
constexpr std::chrono::seconds webhook_grace{5};
constexpr std::chrono::milliseconds join_poll{20};
constexpr std::chrono::seconds housekeeping_interval{10};
// The workers' own deadlines are all shorter.
constexpr std::chrono::seconds longest_stop{30};

unsigned worker_count(const config::config& chosen) {
  if (chosen.server.workers > 0) {
    return chosen.server.workers;
  }
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 0 ? cores : 1;
}

worker_options options_for(const config::config& chosen, unsigned workers) {
  worker_options options;
  options.secret = chosen.digest.key.reveal();
  options.nonce_ttl = chosen.digest.nonce_ttl;
  options.calls.defaults = {chosen.call.dial_timeout, chosen.call.max_duration, chosen.call.optimize};
  options.calls.unregistered = chosen.call.preflight == config::preflight::report ? call::placement::preflight::report
                                                                                  : call::placement::preflight::reject;
  options.calls.destinations = {chosen.call.allow, chosen.call.deny};
  options.session.trusted = http::proxies(chosen.server.trusted_proxies);
  options.max_connections = (chosen.server.max_connections + workers - 1) / workers;
  return options;
}

call::dialler::options dialler_options(const config::config& chosen) {
  call::dialler::options options;
  options.confirm = chosen.call.confirm;
  options.live.max_calls = chosen.call.max_live;
  return options;
}

auth::throttle make_throttle(const config::throttle_section& chosen) {
  std::string key(16, '\0');
  random_source().fill(std::span(reinterpret_cast<std::uint8_t*>(key.data()), key.size()));
  return {{chosen.requests_per_address, chosen.calls_per_terminal, chosen.wrong_digests}, key};
}

ops::call_change told_outside(const call::live_call& call, std::size_t number) {
  const call::snapshot now = call::at(call.told, number);
  ops::call_change what;
  what.iden = call.iden;
  what.owner = call.owner;
  what.destination = call.destination;
  what.state = call::to_string(now.now);
  what.reason = call::to_string(now.why);
  what.number = static_cast<unsigned>(number);
  what.at = call.told[number - 1].at;
  what.started = now.started;
  what.connected = now.connected;
  what.ended = now.ended;
  return what;
}

result<asio::ip::tcp::endpoint> listen_address(const config::endpoint& wanted) {
  asio::io_context context{1};
  asio::ip::tcp::resolver resolver(context);
  boost::system::error_code ec;
  const auto found = resolver.resolve(wanted.host, std::to_string(wanted.port), asio::ip::tcp::resolver::passive, ec);
  if (ec || found.empty()) {
    return fail(errc::unavailable, "server.listen: cannot resolve " + wanted.host + ": " + ec.message());
  }
  return found.begin()->endpoint();
}

}  // namespace

class service::impl {
 public:
  explicit impl(const config::config& chosen)
      : origins_(chosen.server.allowed_origins),
        throttle_(make_throttle(chosen.throttle)),
        exchange_(exchange_context_, exchange_options_for(chosen)),
        dialler_(exchange_context_, exchange_, dialler_options(chosen)) {
    for (const std::string& host : chosen.routing.application_servers) {
      exchange_.connect(host);
    }
  }

  result<void> open(const config::config& chosen) {
    if (!chosen.server.tls_cert.empty()) {
      auto tls = http::make_tls(chosen.server.tls_cert, chosen.server.tls_key);
      if (!tls) {
        return std::unexpected(tls.error());
      }
      tls_ = std::move(*tls);
    }
    if (const auto told = open_webhook(chosen.progress.webhook); !told) {
      return std::unexpected(told.error());
    }
    auto make = backend_factory(chosen);
    if (!make) {
      return std::unexpected(make.error());
    }
    auto where = listen_address(chosen.server.listen);
    const unsigned workers = worker_count(chosen);
    const worker_options options = options_for(chosen, workers);
    for (unsigned i = 0; i < workers && where; ++i) {
      workers_.push_back(std::make_unique<worker>(options, *make, claims_, throttle_, dialler_, origins_, tls_));
      // The first worker turns port 0 into a real one, which the others share.
      where = workers_.back()->listen(*where);
    }
    if (!where) {
      return std::unexpected(where.error());
    }
    bound_ = *where;
    return {};
  }

  result<void> open_webhook(const config::webhook_section& chosen) {
    if (chosen.url.empty()) {
      return {};
    }
    ops::webhook::options options;
    options.url = chosen.url;
    options.key = chosen.secret;
    options.ca = chosen.ca;
    auto made = ops::webhook::make(control_, std::move(options));
    if (!made) {
      return std::unexpected(made.error());
    }
    webhook_ = std::move(*made);
    dialler_.on_change(
        [this](const call::live_call& call, std::size_t number) { webhook_->post(told_outside(call, number)); });
    return {};
  }

  bool run() {
    asio::signal_set signals(control_, SIGTERM, SIGINT);
    signals.async_wait([this](boost::system::error_code ec, int signal) {
      if (!ec) {
        ops::log_info("signal {}: finishing what is in flight", signal);
        control_.stop();
      }
    });
    auto guard = asio::make_work_guard(exchange_context_);
    std::thread exchange_thread([this] { run_exchange(); });
    for (const auto& each : workers_) {
      each->start();
    }
    ops::log_info("click2calld {} listens on {}://{}:{} with {} workers", C2C_VERSION, tls_ ? "https" : "http",
                  bound_.address().to_string(), bound_.port(), workers_.size());
    ops::notify_ready();
    watch();
    keep_house();
    control_.run();
    return stop(std::move(guard), std::move(exchange_thread));
  }

 private:
  using work_guard = asio::executor_work_guard<executor>;

  void run_exchange() {
    for (;;) {
      try {
        exchange_context_.run();
        return;
      } catch (const std::exception& e) {
        ops::log_error("unexpected: {}", e.what());
      }
    }
  }

  // systemd's watchdog is fed only while every thread has answered the last round's question.
  void watch() {
    const auto interval = ops::watchdog_interval();
    if (interval.count() == 0) {
      return;
    }
    const bool alive = exchange_ticks_ >= round_ &&
                       std::ranges::all_of(workers_, [this](const auto& each) { return each->ticks() >= round_; });
    if (alive) {
      ops::notify_watchdog();
      ++round_;
      asio::post(exchange_context_.get_executor(), [this] { ++exchange_ticks_; });
      for (const auto& each : workers_) {
        each->tick();
      }
    }
    watchdog_.expires_after(interval);
    watchdog_.async_wait([this](boost::system::error_code ec) {
      if (!ec) {
        watch();
      }
    });
  }

  // Claims give memory back as others come; a service that has gone quiet would keep what a flood has left.
  void keep_house() {
    housekeeping_.expires_after(housekeeping_interval);
    housekeeping_.async_wait([this](boost::system::error_code ec) {
      if (!ec) {
        claims_.sweep();
        keep_house();
      }
    });
  }

  bool stop(work_guard guard, std::thread exchange_thread) {
    ops::notify_stopping();
    for (const auto& each : workers_) {
      each->stop(grace);
    }
    const steady_time deadline = steady_clock::now() + longest_stop;
    for (const auto& each : workers_) {
      while (!each->stopped()) {
        if (steady_clock::now() >= deadline) {
          ops::log_error("a worker does not end; giving up on it");
          exchange_thread.detach();  // the process ends without it
          return false;
        }
        std::this_thread::sleep_for(join_poll);
      }
      each->join();
    }
    asio::co_spawn(exchange_context_.get_executor(), close_exchange(), asio::detached);
    guard.reset();
    exchange_thread.join();
    close_webhook();
    ops::log_info("stopped");
    return true;
  }

  // What was told last should still arrive; the control loop has nothing else to do by now.
  void close_webhook() {
    if (!webhook_) {
      return;
    }
    asio::co_spawn(control_.get_executor(), webhook_->close(webhook_grace),
                   [this](const std::exception_ptr&) { control_.stop(); });
    control_.restart();
    control_.run();
  }

  task<void> close_exchange() {
    dialler_.stop();
    co_await exchange_.close();
  }

  asio::io_context control_{1};
  asio::io_context exchange_context_{1};
  timer watchdog_{control_.get_executor()};
  timer housekeeping_{control_.get_executor()};
  std::shared_ptr<asio::ssl::context> tls_;
  http::cors origins_;
  claims::memory claims_;
  auth::throttle throttle_;
  ami::exchange exchange_;
  call::dialler dialler_;
  std::unique_ptr<ops::webhook> webhook_;  // null: nobody is told
  std::vector<std::unique_ptr<worker>> workers_;
  asio::ip::tcp::endpoint bound_;
  std::atomic<std::uint64_t> exchange_ticks_ = 0;
  std::uint64_t round_ = 0;
};

service::service(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
service::~service() = default;

result<std::unique_ptr<service>> service::make(const config::config& chosen) {
  auto made = std::make_unique<impl>(chosen);
  if (const auto opened = made->open(chosen); !opened) {
    return std::unexpected(opened.error());
  }
  return std::unique_ptr<service>(new service(std::move(made)));
}

bool service::run() {
  return impl_->run();
}

}  // namespace c2c
