// One AMI session from its greeting to its loss, without I/O (AMI: main/manager.c, action_challenge, authenticate,
// action_ping).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "asterisk/action.hpp"
#include "asterisk/decoder.hpp"
#include "asterisk/message.hpp"
#include "asterisk/multiplexer.hpp"
#include "asterisk/response.hpp"
#include "base/errc.hpp"

namespace c2c::asterisk {

struct session_options {
  std::string user;
  std::string secret;
  std::chrono::milliseconds connect_timeout{2'000};  // from the start to the end of the log-in
  std::chrono::milliseconds ping_interval{2'000};    // of silence
  std::chrono::milliseconds silence_timeout{5'000};  // any byte that comes in ends a silence
  // An event filter, as manager.conf has them, for what Asterisk need not send; empty: none. It is asked for after the
  // log-in, wants the right to write `system`, and is done without where Asterisk refuses it (main/manager.c,
  // action_filter).
  std::string event_filter;
  multiplexer_limits limits;
};

// What a session tells while it is fed. Called from within `received`.
struct session_events {
  std::function<void()> ready;
  std::function<void(const message&)> event;  // once ready, in the order in which they came
};

// Pure: the owner moves the bytes and tells the time. It logs in with a challenge, so that the secret never goes over
// the wire, asks for events of class `call` alone, and then carries actions.
//
// Once `fault` holds something the session is to be dropped: the owner closes the socket, and when no read and no write
// is under way any more, calls `finish`, which completes every action that is left.
class session {
 public:
  // `ids` and `events` must outlive the session. The secret is read from `options`, which must outlive it as well.
  session(const session_options& options, action_ids& ids, const session_events& events, steady_time now);

  // See multiplexer::submit. Before the session is ready the action waits.
  void submit(const action& request, steady_time now, steady_time deadline, written_handler on_written,
              completion done);

  std::span<char> room() { return decoder_.room(); }
  void received(std::size_t bytes, steady_time now);

  std::string_view to_write(steady_time now) { return multiplexer_.prepare_write(now); }
  void wrote(std::size_t bytes) { multiplexer_.wrote(bytes); }

  // To be called when `next_deadline` has come; harmless at any other time.
  void advance(steady_time now);
  steady_time next_deadline() const;

  // Writes what waits and then Logoff; afterwards no action is taken. A session that is not ready is given up at once.
  // Asterisk answers what it was sent, says Goodbye and closes; after `patience` the session is given up anyway.
  void leave(steady_time now, std::chrono::milliseconds patience);

  // The socket failed, or the owner gives the session up. The first fault stays.
  void give_up(failure why);
  const std::optional<failure>& fault() const noexcept { return fault_; }
  void finish();

  bool ready() const noexcept { return phase_ == phase::ready || phase_ == phase::leaving; }
  std::size_t pending() const noexcept { return multiplexer_.pending(); }
  // See decoder.
  std::uint64_t skipped() const noexcept { return decoder_.skipped(); }
  std::string_view why_skipped() const noexcept { return decoder_.why_skipped(); }

 private:
  enum class phase : std::uint8_t { greeting, challenge, login, ready, leaving };

  void take(const message& received, steady_time now);
  void take_challenge(const message& response);
  void take_login(const message& response, steady_time now);
  void send_own(const action& request);
  steady_time ping_due() const;
  steady_time silence_due() const;

  const session_options& options_;
  action_ids& ids_;
  const session_events& events_;
  decoder decoder_;
  multiplexer multiplexer_;
  phase phase_ = phase::greeting;
  std::string awaited_;         // ActionID of the log-in step under way
  steady_time phase_deadline_;  // of log-in, or of leaving
  steady_time last_received_;
  std::optional<steady_time> pinged_;  // since the last byte that came in
  std::optional<failure> fault_;
};

}  // namespace c2c::asterisk
