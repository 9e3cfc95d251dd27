// Every AMI session of the service: one for each application server, all on the exchange's own thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "asterisk/action.hpp"
#include "asterisk/message.hpp"
#include "asterisk/response.hpp"
#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::asterisk {

struct exchange_options {
  std::string user;
  std::string secret;
  std::string event_filter;  // see session_options
  std::uint16_t port = 5038;
  std::chrono::milliseconds connect_timeout{2'000};  // TCP connect and login together
  std::chrono::milliseconds ping_interval{2'000};    // of silence, before a Ping is sent; at most half of the next
  std::chrono::milliseconds silence_timeout{5'000};  // of silence, before the session is given up as half-open
  std::chrono::milliseconds response_timeout{
      5'000};                                    // of one action; its late response is dropped, the session lives on
  std::chrono::milliseconds idle_life{600'000};  // after it an unused link that is down is forgotten, and one that
                                                 // is up makes room where `max_links` is reached
  std::size_t max_links = 64;                    // application servers
  std::size_t max_pending_actions = 4'096;       // of one link
};

enum class link_change : std::uint8_t { up, down };

// State of a link, for --check, readiness and metrics.
struct link_status {
  std::string host;
  bool ready = false;
  std::uint32_t failures = 0;  // connection attempts that failed, in a row
  std::string last_failure;    // "connection refused", "authentication failed"
};

// Owned by the exchange's thread: every member is called there. `on_event` is called there too, for each event of
// each link, in the order in which Asterisk sent them, and before the completion of an action whose response came
// later.
class exchange {
 public:
  using event_handler = std::function<void(std::string_view host, const message& event)>;
  using link_handler = std::function<void(std::string_view host, link_change change)>;

  exchange(asio::io_context& context, exchange_options options);
  ~exchange();
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  // Both must be set before the first action and live as long as the exchange.
  void on_event(event_handler handler);
  void on_link(link_handler handler);

  // The servers that the configuration names: a session with each is made and kept up. Those that were named before and
  // are not any more are let go once they have been idle.
  void name(const std::vector<std::string>& hosts);
  // The same for one server, until as many calls of `release` have come.
  void hold(const std::string& host);
  void release(const std::string& host);

  // Sends `what` to `host` and waits for its response. Waits for a session that is being made, for `connect_timeout` at
  // most, not for one that keeps failing: between attempts, and while connecting after two failures in a row, it is
  // not_sent at once. `on_written` (may be empty) is called with the ActionID when the bytes are put into the buffer
  // that is written next, before any answer can arrive; a not_sent after it is possible where the session is lost
  // before the kernel took a byte. The exchange may be destroyed meanwhile: the action then completes as after a lost
  // session. `host` is an IPv4 or IPv6 address or a name. Errors: not_sent (no byte was written: another server may be
  // tried), outcome_unknown (written, and the session was lost), timed_out (written, no response in time; the session
  // lives on), malformed (the action could not be encoded), overloaded.
  // Nothing is waited for beyond `deadline`.
  task<result<response>> execute(std::string host, action request,
                                 std::function<void(std::string_view)> on_written = {},
                                 steady_time deadline = steady_time::max());

  // The same without waiting: `done` is called with what comes of it, unless there can be no link.
  void send(const std::string& host, const action& request, completion done);

  std::vector<link_status> status() const;
  // Since the start, of all servers together.
  struct counts {
    std::uint64_t events = 0;
    std::uint64_t sessions = 0;  // that were made, and of those:
    std::uint64_t lost = 0;
  };
  const counts& statistics() const noexcept;
  // Lines and messages of all servers that could not be read and were passed over, since the start.
  std::uint64_t skipped() const noexcept;

  // Writes what waits, sends Logoff on each session and closes them; what is written and unanswered by then is
  // outcome_unknown, every later action not_sent. Returns within a second.
  task<void> close();

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace c2c::asterisk
