// The admin listener: how the service is, for its operator's machines, on an address of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/changes.hpp"
#include "asterisk/exchange.hpp"
#include "auth/throttle.hpp"
#include "call/dialler.hpp"
#include "cluster/sharing.hpp"
#include "config/config.hpp"
#include "http/cors.hpp"
#include "http/listener.hpp"
#include "metrics/metrics.hpp"
#include "metrics/page.hpp"
#include "nonces/memory.hpp"
#include "webhook/webhook.hpp"

namespace c2c::app {

// Lives on the main thread, with the event loop that it is given. What belongs to the exchange's thread is asked for
// there, for a second at most; whatever has not come by then is left out of the answer, or taken for missing.
class admin {
 public:
  // All of them outlive it. `chosen`, `throttle`, `hook` and `reload` are read at each request, so that a
  // reload shows.
  struct parts {
    asio::io_context& exchange_context;
    const asterisk::exchange& exchange;
    const call::dialler& dial;
    const cluster::sharing* shared;  // null where this is the only instance
    const nonces::memory& claims;
    const std::shared_ptr<auth::throttle>& throttle;
    metrics::registry& figures;
    const call_ends& ends;
    const config::config& chosen;
    const std::unique_ptr<webhook::notifier>& hook;
    const metrics::reload_state& reload;
    std::function<bool()> alive;  // whether every thread has given a sign of life lately
    std::function<std::size_t()> workers;
  };

  // Opens server.admin_listen, which must be set; nothing is answered yet. Errors: unavailable, with a sentence for the
  // operator.
  static result<std::unique_ptr<admin>> make(asio::io_context& control, parts given);
  admin(const admin&) = delete;
  admin& operator=(const admin&) = delete;

  void start();
  // /readyz answers 503 from here on.
  void drain() noexcept { draining_ = true; }
  // Ends its connections. The loop has to run until closed(), within seconds, before this may be destroyed. May be
  // called again.
  void close();
  bool closed() const noexcept { return listener_->drained() && asking_ == 0; }

  const asio::ip::tcp::endpoint& bound() const noexcept { return bound_; }

 private:
  using exchange_figures = metrics::observations::exchange_figures;
  struct question;
  // What belongs to the exchange's thread, as it told it.
  struct exchange_state {
    exchange_figures figures;
    std::vector<metrics::server_state> servers;
  };

  admin(asio::io_context& control, parts given);
  result<void> open();
  bool serves(std::string_view host) const;
  static exchange_state look(const asterisk::exchange& exchange, const call::dialler& dial,
                             const cluster::sharing* shared);
  task<std::optional<exchange_state>> ask();
  task<metrics::readiness> ready();
  metrics::readiness judge(const std::optional<exchange_state>& exchange) const;
  task<std::string> page();

  asio::io_context& control_;
  parts parts_;
  std::string own_name_;
  http::cors origins_{{}};
  http::router routes_;
  std::unique_ptr<http::listener> listener_;
  asio::ip::tcp::endpoint bound_;
  std::shared_ptr<question> late_;  // the last one, where it was not answered in time
  std::size_t asking_ = 0;
  bool draining_ = false;
};

}  // namespace c2c::app
