// One persistent AMI session that writes Originates and nothing else: what Asterisk itself can do, to stand beside us.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "ami_client.hpp"
#include "latencies.hpp"
#include "net/asio.hpp"
#include "schedule.hpp"
#include "terminals.hpp"

namespace c2c::bench {

struct raw_options {
  asio::ip::tcp::endpoint server;
  std::string user;
  std::string secret;
  std::vector<caller> callers;
  std::string destination = "+34900000486";
  pace how;
  std::uint64_t window = 64;     // flat out: so many are under way at most
  bool window_of_dials = false;  // under way until leg 1 is dialled, not only until the response
  std::string run;               // makes this run's idens differ from every other's
};

class raw_session {
 public:
  raw_session(asio::io_context& context, raw_options options);

  // Connects, logs in, originates, waits for what is outstanding. Throws std::runtime_error when there is no log-in.
  task<boost::json::object> run();

 private:
  struct attempt {
    steady_time due;
    bool answered = false;
    bool dialled = false;
    bool over = false;
  };

  task<void> read();
  void take(const asterisk::message& what);
  void take_response(const asterisk::message& what);
  attempt* attempt_of(std::string_view iden);
  void append_originate(std::uint64_t number);
  task<void> send();
  task<void> settle();
  std::uint64_t under_way() const noexcept;

  asio::io_context& context_;
  raw_options options_;
  ami_client session_;
  timer wake_;
  std::string out_;
  std::vector<attempt> calls_;
  latencies responses_;
  latencies dials_;
  std::uint64_t answered_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t dialled_ = 0;
  std::uint64_t failed_ = 0;  // ended without leg 1 having been dialled
  steady_time started_;
  steady_time last_response_;
  steady_time last_dial_;
  steady_time last_heard_;
  bool lost_ = false;
};

}  // namespace c2c::bench
