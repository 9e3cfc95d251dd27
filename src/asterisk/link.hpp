// The connection to one application server's manager: makes it, keeps it up, moves the session's bytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "asterisk/session.hpp"
#include "base/random.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "net/reconnect.hpp"

namespace c2c::asterisk {

class link;

// Who is told of a link's doings. Called on the link's thread.
class link_observer {
 public:
  virtual ~link_observer() = default;
  virtual void on_event(const link& from, const message& event) = 0;
  virtual void on_up(const link& from) = 0;
  virtual void on_down(const link& from) = 0;
  // So many more lines or messages could not be read and were passed over.
  virtual void on_skipped(std::uint64_t count) = 0;
  // The link has closed for good; nothing of its is under way any more.
  virtual void on_ended(const link& from) = 0;
};

struct link_options {
  session_options session;
  std::uint16_t port = 5038;
  std::chrono::milliseconds response_timeout{5'000};
  std::chrono::milliseconds idle_life{600'000};  // a server that is down and that nobody asked for so long is forgotten
};

// Belongs to its io_context's thread. Holds itself alive from `start` until it has ended.
class link : public std::enable_shared_from_this<link> {
 public:
  link(asio::io_context& context, std::string host, std::shared_ptr<const link_options> options,
       std::shared_ptr<action_ids> ids, std::weak_ptr<link_observer> observer);

  // Begins to connect; afterwards it connects again whenever the session is lost, with a growing wait between attempts.
  void start();
  // Whether it is to be kept up although nobody asks for it.
  void keep(bool kept) noexcept { kept_ = kept; }

  // `done` is called exactly once and never from within this call. While a session is being made the action waits for
  // it; between attempts, and during those that follow two failures in a row, it is not_sent at once. It is waited for
  // as long as the options say, and not beyond `deadline`.
  void submit(const action& request, steady_time deadline, written_handler on_written, completion done);

  // Writes what waits, logs off, waits for the server to close, for as long as `patience` allows. Then the link ends.
  void close(std::chrono::milliseconds patience);
  // Ends the link without a word to the server.
  void abort();

  const std::string& host() const noexcept { return host_; }
  bool ready() const noexcept { return session_ && session_->ready() && !session_->fault(); }
  std::uint32_t failures() const noexcept { return line_.failures(); }
  const std::string& last_failure() const noexcept { return last_failure_; }
  // Nobody has asked for it for `idle_life`, nothing is pending, and it may be forgotten.
  bool idle(steady_time now) const noexcept;
  steady_time last_used() const noexcept { return last_used_; }

 private:
  static task<void> run(std::shared_ptr<link> self);
  task<void> serve();
  task<void> read();
  task<void> wait_before_retry();
  void open_session();
  void end_session();
  void on_ready();
  void tell_skipped();

  void changed();
  void schedule_write();
  void write();
  void arm();
  void on_timer();
  void drop();

  asio::io_context& context_;
  std::string host_;
  std::shared_ptr<const link_options> options_;
  std::shared_ptr<action_ids> ids_;
  std::weak_ptr<link_observer> observer_;
  session_events events_;
  timer timer_;
  std::optional<steady_time> armed_;  // when the timer wakes the session
  std::shared_ptr<net::connection> connection_;
  std::optional<session> session_;
  net::reconnect line_;
  std::chrono::milliseconds next_attempt_{};
  random_source random_;
  std::uint64_t skipped_ = 0;  // of the session's, those that the observer was told of
  steady_time next_skipped_warning_{};
  std::string last_failure_;
  steady_time last_used_;
  bool connected_ = false;  // bytes may be written
  bool write_scheduled_ = false;
  bool writing_ = false;
  bool kept_ = false;
  bool stopping_ = false;
};

}  // namespace c2c::asterisk
