#include "app/service.hpp"

#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "app/admin.hpp"
#include "app/backend_watch.hpp"
#include "app/backends.hpp"
#include "app/changes.hpp"
#include "app/generation.hpp"
#include "app/pulse.hpp"
#include "app/reload.hpp"
#include "app/systemd.hpp"
#include "asterisk/exchange.hpp"
#include "asterisk/switchboard.hpp"
#include "call/board.hpp"
#include "call/dialler.hpp"
#include "cluster/gossip.hpp"
#include "cluster/peers.hpp"
#include "cluster/sharing.hpp"
#include "config/restart.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"
#include "nonces/memory.hpp"
#include "webhook/webhook.hpp"

namespace c2c::app {
namespace {

constexpr std::chrono::seconds end_grace{10};
constexpr std::chrono::seconds webhook_grace{5};
constexpr std::chrono::milliseconds join_poll{20};
constexpr std::chrono::seconds housekeeping_interval{10};
// The workers' own deadlines are all shorter.
constexpr std::chrono::seconds longest_stop{30};
// Who asks for metrics is answered within the second that the exchange may take.
constexpr std::chrono::seconds longest_admin{5};
// Generations that may fade at once; where somebody reloads faster than connections end, the oldest has to hurry.
constexpr std::size_t most_fading = 4;

call::dialler::options dialler_options(const config::config& chosen) {
  call::dialler::options options;
  options.confirm = chosen.call.confirm;
  return options;
}

call::board::options board_options(const config::config& chosen) {
  call::board::options options;
  options.max_calls = chosen.call.max_live;
  return options;
}

// Under the secret that all instances have, so that they mean the same by what they tell one another.
std::shared_ptr<auth::throttle> make_throttle(const config::config& chosen) {
  const auto& limits = chosen.throttle;
  return std::make_shared<auth::throttle>(auth::throttle::options{.requests_per_address = limits.requests_per_address,
                                                                  .calls_per_terminal = limits.calls_per_terminal,
                                                                  .wrong_digests = limits.wrong_digests,
                                                                  .nonce_life = chosen.digest.nonce_ttl,
                                                                  .shared = chosen.claims.redis_url.has_value()},
                                          chosen.digest.key.reveal());
}

}  // namespace

class service::impl {
 public:
  impl(const config::config& chosen, const std::optional<redis::options>& redis, reload_config load)
      : chosen_(chosen),
        load_(std::move(load)),
        throttle_(make_throttle(chosen)),
        exchange_(exchange_context_, exchange_options_for(chosen)),
        switchboard_(exchange_),
        calls_(board_options(chosen)),
        peers_(make_peers(exchange_context_, redis)),
        sharing_(peers_ ? std::make_unique<cluster::sharing>(exchange_context_, calls_, *peers_) : nullptr),
        dialler_({.context = exchange_context_,
                  .pbx = switchboard_,
                  .calls = calls_,
                  .others = sharing_.get(),
                  .on_change = [this](const call::live_call& call, std::size_t number) { tell_outside(call, number); }},
                 dialler_options(chosen)) {
    exchange_.name(chosen_.routing.application_servers);
    dialler_.allow_alive(chosen_.throttle.live_calls_per_terminal);
    if (peers_) {
      gossip_ = std::make_unique<cluster::gossip>(exchange_context_, *peers_, throttle_);
    }
  }

  result<void> open() {
    if (const auto opened = open_webhook(chosen_.progress.webhook); !opened) {
      return std::unexpected(opened.error());
    }
    auto made = generation::make(chosen_, {claims_, dialler_, throttle_, figures_});
    if (!made) {
      return std::unexpected(made.error());
    }
    now_ = std::move(*made);
    return open_admin();
  }

  result<void> open_admin() {
    if (!chosen_.server.admin_listen) {
      return {};
    }
    auto made =
        admin::make(control_, {exchange_context_, exchange_, dialler_, sharing_.get(), claims_, throttle_, figures_,
                               ends_, chosen_, webhook_, last_reload_, [this] { return pulse_.alive(); },
                               [this] { return figures_.workers().size(); }});
    if (!made) {
      return std::unexpected(made.error());
    }
    admin_ = std::move(*made);
    return {};
  }

  result<void> open_webhook(const config::webhook_section& chosen) {
    if (!chosen.url) {
      return {};
    }
    webhook::notifier::options options;
    options.url = *chosen.url;
    options.key = chosen.secret;
    options.ca = chosen.ca;
    auto made = webhook::notifier::make(control_, std::move(options));
    if (!made) {
      return std::unexpected(made.error());
    }
    webhook_ = std::move(*made);
    return {};
  }

  // On the exchange's thread.
  void tell_outside(const call::live_call& call, std::size_t number) {
    ends_.note(call, number);
    if (webhook_) {
      webhook_->post(change_of(call, number));
    }
  }

  bool run() {
    asio::signal_set signals(control_, SIGTERM, SIGINT);
    signals.async_wait([this](boost::system::error_code ec, int signal) {
      if (!ec) {
        log::info("signal {}: finishing what is in flight", signal);
        control_.stop();
      }
    });
    await_reload();
    auto guard = asio::make_work_guard(exchange_context_);
    std::thread exchange_thread([this] { net::run(exchange_context_); });
    now_->start();
    log::info("click2calld {} listens on {}://{}:{} with {} workers", C2C_VERSION, now_->tls() ? "https" : "http",
              now_->bound().address().to_string(), now_->bound().port(), now_->workers());
    if (admin_) {
      admin_->start();
      log::info("admin listens on http://{}:{}", admin_->bound().address().to_string(), admin_->bound().port());
    }
    notify_ready();
    pulse_.start(*now_, admin_ != nullptr);
    watch_.start();
    keep_house();
    net::run(control_);
    return stop(std::move(guard), std::move(exchange_thread));
  }

 private:
  using work_guard = asio::executor_work_guard<executor>;

  void await_reload() {
    hang_ups_.async_wait([this](boost::system::error_code ec, int /*signal*/) {
      if (!ec && !stopping_) {
        notify_reloading();
        note_reload(try_reload());
        notify_ready();
        await_reload();
      }
    });
  }

  void note_reload(std::string failure) {
    if (failure.empty()) {
      log::info("reload: done");
    } else {
      log::error("reload: {}; the service goes on with the configuration that it has", failure);
    }
    tell_reloaded(failure);
    last_reload_.note(std::move(failure), wall_seconds());
  }

  std::string try_reload() {
    try {
      return reload();
    } catch (const std::exception& e) {
      return e.what();
    }
  }

  // All of the new configuration or, but for the log's level, nothing of it, whatever is thrown: what may fail comes
  // first. Calls and used nonces stay known: they belong to no generation. Returns why it failed.
  std::string reload() {
    auto loaded = load_();
    if (!loaded) {
      return loaded.error();
    }
    const std::string fixed = config::keep_until_restart(chosen_, *loaded);
    auto throttle = throttle_;
    // Under another secret the other instances' counts would be of other addresses and terminals than one's own.
    if (loaded->throttle != chosen_.throttle || loaded->digest.nonce_ttl != chosen_.digest.nonce_ttl ||
        loaded->digest.key.reveal() != chosen_.digest.key.reveal()) {
      throttle = make_throttle(*loaded);
    }
    fading_.reserve(fading_.size() + 1);
    auto made = generation::make(*loaded, {claims_, dialler_, throttle, figures_}, now_.get());
    if (!made) {
      return made.error().detail;
    }
    if (!fixed.empty()) {
      log::warn("reload: restart the service to change {}", fixed);
    }
    chosen_ = std::move(*loaded);
    dialler_.allow_alive(chosen_.throttle.live_calls_per_terminal);
    throttle_ = std::move(throttle);
    if (gossip_) {
      gossip_->follow(throttle_);
    }
    asio::post(exchange_context_, [this, hosts = chosen_.routing.application_servers] { exchange_.name(hosts); });
    (*made)->start();
    now_->retire();
    fading_.push_back(std::exchange(now_, std::move(*made)));
    if (fading_.size() > most_fading) {
      fading_[fading_.size() - most_fading - 1]->stop(end_grace);
    }
    pulse_.follow(*now_);
    return {};
  }

  // Claims give memory back as others come; a service that has gone quiet would keep what a flood has left.
  void keep_house() {
    housekeeping_.expires_after(housekeeping_interval);
    housekeeping_.async_wait([this](boost::system::error_code ec) {
      if (!ec && !stopping_) {
        claims_.sweep();
        bury();
        keep_house();
      }
    });
  }

  // Of the generations that fade, those that are gone.
  void bury() {
    std::erase_if(fading_, [](const auto& old) {
      if (old->stopped()) {
        old->join();
        return true;
      }
      return false;
    });
  }

  bool stop(work_guard guard, std::thread exchange_thread) {
    stopping_ = true;
    pulse_.stop();
    watch_.stop();
    notify_stopping();
    if (admin_) {
      admin_->drain();
    }
    fading_.push_back(std::move(now_));
    for (const auto& old : fading_) {
      old->stop(end_grace);
    }
    const steady_time deadline = steady_clock::now() + longest_stop;
    for (const auto& old : fading_) {
      while (!old->stopped()) {
        if (steady_clock::now() >= deadline) {
          log::error("a worker does not end; giving up on it");
          exchange_thread.detach();  // the process ends without it
          return false;
        }
        answer_for(join_poll);
      }
      old->join();
    }
    close_admin();
    net::spawn(exchange_context_.get_executor(), "the end of the exchange", close_exchange());
    guard.reset();
    exchange_thread.join();
    close_webhook();
    log::info("stopped");
    return true;
  }

  // /readyz says that the service is ending for as long as it does.
  void answer_for(std::chrono::milliseconds time) {
    if (!admin_) {
      std::this_thread::sleep_for(time);
      return;
    }
    control_.restart();
    timer enough(control_.get_executor(), time);
    enough.async_wait([this](boost::system::error_code) { control_.stop(); });
    net::run(control_);
  }

  void close_admin() {
    if (!admin_) {
      return;
    }
    const steady_time deadline = steady_clock::now() + longest_admin;
    do {
      admin_->close();  // again, for who was accepted in the last turn of the loop
      answer_for(join_poll);
    } while (!admin_->closed() && steady_clock::now() < deadline);
  }

  // What was told last should still arrive; the control loop has nothing else to do by now.
  void close_webhook() {
    if (!webhook_) {
      return;
    }
    asio::co_spawn(control_.get_executor(), webhook_->close(webhook_grace),
                   [this](const std::exception_ptr&) { control_.stop(); });
    control_.restart();
    net::run(control_);
  }

  task<void> close_exchange() {
    dialler_.stop();
    if (peers_) {
      gossip_->stop();
      sharing_->stop();
      co_await peers_->resign();
    }
    co_await exchange_.close();
    if (peers_) {
      peers_->close();
    }
  }

  asio::io_context control_{1};
  asio::io_context exchange_context_{1};
  asio::signal_set hang_ups_{control_, SIGHUP};
  pulse pulse_{control_, exchange_context_};
  timer housekeeping_{control_.get_executor()};
  config::config chosen_;
  reload_config load_;
  metrics::reload_state last_reload_{.at = wall_seconds()};
  metrics::registry figures_;
  backend_watch watch_{control_, figures_};
  call_ends ends_;
  nonces::memory claims_;
  std::shared_ptr<auth::throttle> throttle_;
  asterisk::exchange exchange_;
  asterisk::switchboard switchboard_;
  call::board calls_;
  std::unique_ptr<cluster::peers> peers_;      // null: there are no other instances
  std::unique_ptr<cluster::sharing> sharing_;  // likewise
  call::dialler dialler_;
  std::unique_ptr<cluster::gossip> gossip_;     // null as well, then
  std::unique_ptr<webhook::notifier> webhook_;  // null: nobody is told
  std::unique_ptr<admin> admin_;                // null: nobody asks
  std::unique_ptr<generation> now_;
  std::vector<std::unique_ptr<generation>> fading_;
  bool stopping_ = false;
};

service::service(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
service::~service() = default;

result<std::unique_ptr<service>> service::make(const config::config& chosen, reload_config load) {
  const auto redis = redis_options_for(chosen);
  if (!redis) {
    return std::unexpected(redis.error());
  }
  auto made = std::make_unique<impl>(chosen, *redis, std::move(load));
  if (const auto opened = made->open(); !opened) {
    return std::unexpected(opened.error());
  }
  return std::unique_ptr<service>(new service(std::move(made)));
}

bool service::run() {
  return impl_->run();
}

}  // namespace c2c::app
