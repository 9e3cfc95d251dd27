#include "app/generation.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "app/backends.hpp"
#include "app/systemd.hpp"
#include "http/certificate.hpp"
#include "http/tls.hpp"
#include "log/log.hpp"

namespace c2c::app {
namespace {

constexpr std::chrono::seconds probe_interval{5};

worker_options options_for(const config::config& chosen, unsigned workers) {
  worker_options options;
  options.secret = chosen.digest.key.reveal();
  options.nonce_ttl = chosen.digest.nonce_ttl;
  options.calls.defaults = {chosen.call.dial_timeout, chosen.call.max_duration, chosen.call.optimize};
  options.calls.most = {chosen.call.dial_timeout_limit, chosen.call.max_duration_limit};
  options.calls.unregistered = chosen.call.preflight == config::preflight::report ? call::placement::preflight::report
                                                                                  : call::placement::preflight::reject;
  options.calls.destinations = {chosen.call.allow, chosen.call.deny};
  options.session.trusted = http::proxies(chosen.server.trusted_proxies);
  options.max_connections = (chosen.server.max_connections + workers - 1) / workers;
  return options;
}

result<asio::ip::tcp::endpoint> free_address(const net::endpoint& wanted) {
  constexpr std::string_view key = "server.listen";
  const auto where = http::resolve(key, wanted.host, wanted.port);
  if (where) {
    if (const auto free = http::await_address(key, *where); !free) {
      return std::unexpected(free.error());
    }
  }
  return where;
}

// Loud, and served all the same: an end of all calls is worse for those who do not look at the date, and the renewed
// file wants a reload and no more.
void tell_faults(asio::ssl::context& tls, const config::server_section& server) {
  const auto found = http::find_faults(tls, server.tls_cert, server.tls_key, std::chrono::system_clock::now());
  for (const std::string& fault : found.refused) {
    log::error("{}", fault);
  }
  for (const std::string& fault : found.doubtful) {
    log::warn("{}", fault);
  }
}

}  // namespace

unsigned worker_count(const config::config& chosen) {
  if (chosen.server.workers > 0) {
    return chosen.server.workers;
  }
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 0 ? cores : 1;
}

generation::generation(const config::config& chosen, lasting_parts parts)
    : parts_(std::move(parts)), origins_(chosen.server.allowed_origins) {}

result<std::unique_ptr<generation>> generation::make(const config::config& chosen, lasting_parts parts,
                                                     generation* before) {
  std::unique_ptr<generation> made(new generation(chosen, std::move(parts)));
  if (const auto opened = made->open(chosen, before); !opened) {
    return std::unexpected(opened.error());
  }
  return made;
}

result<void> generation::open(const config::config& chosen, generation* before) {
  if (!chosen.server.tls_cert.empty()) {
    auto tls = http::make_tls(chosen.server.tls_cert, chosen.server.tls_key);
    if (!tls) {
      return std::unexpected(tls.error());
    }
    tls_ = std::move(*tls);
    tell_faults(*tls_, chosen.server);
  }
  const unsigned workers = before == nullptr ? worker_count(chosen) : static_cast<unsigned>(before->workers());
  auto make = backend_factory(chosen, workers);
  if (!make) {
    return std::unexpected(make.error());
  }
  const auto given = given_socket();
  auto where = before == nullptr && !given ? free_address(chosen.server.listen) : asio::ip::tcp::endpoint();
  worker_options options = options_for(chosen, workers);
  if (chosen.server.admin_listen) {
    options.probe_interval = probe_interval;
  }
  for (unsigned i = 0; i < workers && where; ++i) {
    workers_.push_back(std::make_unique<worker>(options, *make,
                                                worker::parts{.claims = parts_.claims,
                                                              .throttle = *parts_.throttle,
                                                              .dial = parts_.dial,
                                                              .origins = origins_,
                                                              .tls = tls_,
                                                              .figures = parts_.figures.of_worker(i)}));
    options.probe_interval = {};  // one of them is enough
    worker& made = *workers_.back();
    if (before != nullptr) {
      where = made.share(before->workers_[i]->descriptor());
    } else {
      // The first worker turns port 0 into a real one, which the others share.
      where = given ? made.share(*given) : made.listen(*where);
    }
  }
  if (!where) {
    return std::unexpected(where.error());
  }
  for (const auto& worker : workers_) {
    worker->prepare();
  }
  bound_ = *where;
  return {};
}

void generation::start() noexcept {
  for (const auto& worker : workers_) {
    worker->start();
  }
}

void generation::retire() {
  for (const auto& worker : workers_) {
    worker->retire();
  }
}

void generation::stop(std::chrono::milliseconds grace) {
  for (const auto& worker : workers_) {
    worker->stop(grace);
  }
}

bool generation::stopped() const {
  return std::ranges::all_of(workers_, [](const auto& worker) { return worker->stopped(); });
}

void generation::join() {
  for (const auto& worker : workers_) {
    worker->join();
  }
}

void generation::tick() {
  for (const auto& worker : workers_) {
    worker->tick();
  }
}

bool generation::ticked(std::uint64_t times) const {
  return std::ranges::all_of(workers_, [times](const auto& worker) { return worker->ticks() >= times; });
}

}  // namespace c2c::app
