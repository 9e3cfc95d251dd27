// One thread with everything that a request needs: its own event loop, listener, directory and router. N of them share
// only the claims, the dialler and what is immutable.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>

#include "auth/digest.hpp"
#include "auth/nonce.hpp"
#include "auth/throttle.hpp"
#include "base/random.hpp"
#include "call/placement.hpp"
#include "http/listener.hpp"
#include "metrics/metrics.hpp"

namespace c2c::app {

// What differs between deployments, made for one worker on its own event loop.
struct backends {
  std::unique_ptr<directory::directory> directory;
  std::unique_ptr<routing::router> router;
  std::unique_ptr<routing::registrar> phones;  // null: no pre-flight
  std::unique_ptr<nonces::store> claims;       // null: those in memory, which all workers share
};

struct worker_options {
  std::string secret;  // of nonces and tickets
  std::chrono::seconds nonce_ttl{30};
  call::placement::options calls;
  http::session_options session;
  std::size_t max_connections = 1'024;
  // How often the directory is asked whether it is there, even when nobody calls; 0: never.
  std::chrono::seconds probe_interval{0};
};

class worker {
 public:
  using make_backends = std::function<backends(asio::io_context&, metrics::call_metrics&)>;

  // What it shares with others. All of it outlives the worker.
  struct parts {
    nonces::store& claims;
    auth::throttle& throttle;
    call::dialler& dial;
    const http::cors& origins;
    std::shared_ptr<asio::ssl::context> tls;  // null: plain HTTP
    metrics::worker_metrics& figures;         // its own
  };

  // Constructed on the main thread, which also opens the socket: a port that is taken stops the start, not a thread.
  worker(const worker_options& options, const make_backends& make, parts given);
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  // Errors: unavailable. With port 0 the system chooses; the chosen one is returned.
  result<asio::ip::tcp::endpoint> listen(const asio::ip::tcp::endpoint& where);
  // The same socket as this descriptor is: of another worker, which goes on accepting until it retires, or given to the
  // process.
  result<asio::ip::tcp::endpoint> share(int descriptor);
  int descriptor() const { return listener_->descriptor(); }
  // Makes the thread, which waits for `start`. Throws std::system_error where there is none to be had.
  void prepare();
  void start() noexcept;

  // From any thread: gives each connection one more answer for a second, stops accepting, lets requests finish for
  // `grace` and then ends them. The thread ends by itself.
  void stop(std::chrono::milliseconds grace);
  // The same for a worker whose socket another one has: each connection has one more answer, and the time until then
  // that a connection may be idle.
  void retire();
  bool stopped() const noexcept { return stopped_; }
  void join();

  // From any thread: raises ticks() as soon as the thread is free; a thread that hangs never does.
  void tick();
  std::uint64_t ticks() const noexcept { return ticks_; }

 private:
  void serve_on(tcp_acceptor acceptor);
  void run();
  task<void> shut(std::chrono::milliseconds grace);
  task<void> fade();
  task<void> end();
  task<void> keep_probing();
  void stop_probing();
  task<void> end_probing();
  task<void> wait_until_drained(steady_time deadline);

  worker_options options_;
  parts parts_;
  asio::io_context context_{1};
  timer probe_{context_.get_executor()};
  bool probing_ = false;
  bool probing_ends_ = false;
  random_source random_;
  auth::nonce_signer signer_;
  auth::ticket_signer tickets_;
  auth::digester digester_;
  backends backends_;
  call::placement placement_;
  http::router routes_;
  std::unique_ptr<http::listener> listener_;
  std::thread thread_;
  std::binary_semaphore start_{0};
  bool started_ = false;  // set before start_ is released
  std::atomic<std::uint64_t> ticks_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace c2c::app
