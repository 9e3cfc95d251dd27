// What one reading of the configuration made of the service: its workers, and what those share.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "app/worker.hpp"
#include "auth/throttle.hpp"
#include "config/config.hpp"
#include "http/cors.hpp"

namespace c2c::app {

// server.workers, or one for each core.
unsigned worker_count(const config::config& chosen);

// What outlives a reload.
struct lasting_parts {
  nonces::store& claims;
  call::dialler& dial;
  std::shared_ptr<auth::throttle> throttle;
  metrics::registry& figures;
};

// Belongs to the main thread. A reload makes another one beside it, on the same sockets, and lets it fade.
class generation {
 public:
  // Opens files and sockets and makes the threads; nothing is answered yet. With `before` its sockets are shared, which
  // has as many workers. Errors: unavailable, backend_unavailable, with a sentence for the operator. Throws where the
  // system has no thread, descriptor or memory for it; nothing is left of it then.
  static result<std::unique_ptr<generation>> make(const config::config& chosen, lasting_parts parts,
                                                  generation* before = nullptr);

  void start() noexcept;
  // See worker::retire and worker::stop. Both return at once; join when it has stopped.
  void retire();
  void stop(std::chrono::milliseconds grace);
  bool stopped() const;
  void join();

  // Asks every thread for a sign of life, and whether all have given so many.
  void tick();
  bool ticked(std::uint64_t times) const;

  const asio::ip::tcp::endpoint& bound() const noexcept { return bound_; }
  bool tls() const noexcept { return tls_ != nullptr; }
  std::size_t workers() const noexcept { return workers_.size(); }

 private:
  generation(const config::config& chosen, lasting_parts parts);
  result<void> open(const config::config& chosen, generation* before);

  lasting_parts parts_;
  http::cors origins_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::vector<std::unique_ptr<worker>> workers_;
  asio::ip::tcp::endpoint bound_;
};

}  // namespace c2c::app
