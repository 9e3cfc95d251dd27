// The connection to Redis: makes it, keeps it up, moves the session's bytes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "net/reconnect.hpp"
#include "redis/session.hpp"
#include "redis/url.hpp"

namespace c2c::redis {

struct link_options {
  url server;
  std::shared_ptr<asio::ssl::context> tls;  // where server.tls
  limits limits;
  std::function<void()> on_up;  // each time that a session is; nothing was asked on it yet
  // What comes on a channel that was subscribed to; subscriptions end with their session. See session::on_message.
  std::function<void(std::string_view channel, std::string_view payload)> on_message;
};

// Belongs to its io_context's thread. Holds itself alive from `start` until it has ended.
class link : public std::enable_shared_from_this<link> {
 public:
  link(asio::io_context& context, link_options options);
  ~link();

  // Begins to connect; afterwards it connects again whenever the session is lost, with a growing wait between attempts.
  void start();
  // While a session is being made a command waits for it; between attempts, and during those that follow a failure, it
  // is store_unavailable at once.
  void submit(std::span<const std::string_view> command, steady_time deadline, completion done);
  void stop();

 private:
  static task<void> run(std::shared_ptr<link> self);
  task<void> serve();
  task<void> converse();
  task<result<void>> connect();
  task<result<net::endpoint>> find_master();
  void new_session();
  void end_session();
  void changed();
  void write();
  void arm();
  void drop();

  asio::io_context& context_;
  link_options options_;
  timer timer_;
  std::optional<session> session_;
  std::shared_ptr<net::connection> connection_;
  std::shared_ptr<net::connection> asking_;  // a Sentinel
  std::size_t first_sentinel_ = 0;           // that is asked, if there is one of this number modulo their count
  net::reconnect line_;
  std::chrono::milliseconds next_attempt_{};
  random_source random_;
  std::string last_failure_;
  std::array<char, 4'096> in_{};
  bool writing_ = false;
  bool stopping_ = false;
};

}  // namespace c2c::redis
