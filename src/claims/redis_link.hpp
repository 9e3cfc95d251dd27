// The connection to Redis: makes it, keeps it up, moves the session's bytes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "base/net.hpp"
#include "base/random.hpp"
#include "claims/redis_session.hpp"
#include "claims/redis_url.hpp"

namespace boost::asio::ssl {
class context;
}

namespace c2c::claims {

struct redis_link_options {
  redis_address address;
  std::shared_ptr<asio::ssl::context> tls;  // where address.tls
  redis_limits limits;
};

// Belongs to its io_context's thread. Holds itself alive from `start` until it has ended.
class redis_link : public std::enable_shared_from_this<redis_link> {
 public:
  redis_link(asio::io_context& context, redis_link_options options);
  ~redis_link();

  // Begins to connect; afterwards it connects again whenever the session is lost, with a growing wait between attempts.
  void start();
  // While a session is being made a command waits for it; between attempts, and during those that follow a failure, it
  // is claims_unavailable at once.
  void submit(std::initializer_list<std::string_view> command, steady_time deadline, redis_completion done);
  void stop();

 private:
  struct connection;

  static task<void> run(std::shared_ptr<redis_link> self);
  task<void> serve();
  task<std::string> connect();
  task<std::string> connect_socket();
  task<std::string> begin_tls();
  void end_session();
  void changed();
  void write();
  void arm();
  void drop();

  asio::io_context& context_;
  redis_link_options options_;
  timer timer_;
  std::optional<redis_session> session_;
  std::shared_ptr<connection> connection_;
  backoff backoff_;
  random_source random_;
  std::string last_failure_;
  steady_time began_{};
  std::uint32_t failures_ = 0;
  bool writing_ = false;
  bool stopping_ = false;
};

}  // namespace c2c::claims
