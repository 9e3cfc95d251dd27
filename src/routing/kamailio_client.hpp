// POSTs JSON-RPC to Kamailio's xhttp listener and brings back what it says.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "net/gate.hpp"
#include "net/http_client.hpp"
#include "net/web_url.hpp"

namespace c2c::routing {

struct kamailio_options {
  net::web_url url;  // plain HTTP: Kamailio's listener speaks no TLS, and listens on the inner network
  std::chrono::milliseconds deadline{2000};    // of the whole: waiting, name, connect, reply
  std::chrono::milliseconds quarantine{1000};  // how long a Kamailio that let a deadline pass is not asked again
  std::size_t max_connections = 32;            // Kamailio's SIP workers serve them: a burst must not take all of those
  std::size_t max_waiting = 1024;
  // Told of each question that was sent: whether Kamailio answered, and how long that took.
  std::function<void(bool answered, std::chrono::nanoseconds took)> on_reply = {};
};

// One for each worker, used on that worker's thread only. Held by shared_ptr: a look-up keeps its client alive.
//
// A connection carries one request. IvozProvider's xhttp route closes it after the reply without announcing it in a
// header (kamailio/users/config/kamailio.cfg, event_route[xhttp:request]), so a second request would meet the end of
// the stream.
class kamailio_client : public std::enable_shared_from_this<kamailio_client> {
 public:
  kamailio_client(executor ex, kamailio_options options);

  // Waits as long as the options say, and not beyond `by`. Any HTTP status is a success here: Kamailio reports its own
  // errors with 500 and a JSON-RPC body. Errors: unavailable (no such name, refused, closed without a reply, or in
  // quarantine), timed_out, malformed (no HTTP, cut short, over 256 KiB), overloaded.
  task<result<net::http_answer>> post(std::string body, steady_time by = steady_time::max());

  const executor& get_executor() const noexcept { return executor_; }

 private:
  static task<result<net::http_answer>> run(std::shared_ptr<kamailio_client> self, std::string body, steady_time by);
  bool in_quarantine(steady_time now);
  void note(const result<net::http_answer>& reply, steady_time started);

  executor executor_;
  kamailio_options options_;
  std::shared_ptr<net::gate> gate_;
  bool silent_ = false;
  steady_time ask_after_ = steady_time::min();
  steady_time last_reply_ = steady_time::min();
};

}  // namespace c2c::routing
