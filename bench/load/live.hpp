// What the modes of bench_live share: calls that are placed with a ticket, and their readers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "auth/digest.hpp"
#include "http_client.hpp"
#include "journal.hpp"
#include "live_asterisk.hpp"
#include "net/asio.hpp"
#include "stream_reader.hpp"
#include "work.hpp"

namespace c2c::bench {

struct live_options {
  target to;
  pace how;
  std::vector<caller> callers;
  std::string destination = "+34900000183";
  // The Asterisk that we are.
  std::uint16_t ami_port = 0;
  std::string secret;
  std::string call_file;
  // Calls that are none of the service's, on the same Asterisk.
  std::string other_file;
  std::size_t others = 0;
  double life = 120;  // seconds of one; 0: its events follow each other as fast as they are taken
  // What is looked at.
  int pid = 0;
  std::size_t calls = 63;
  std::size_t streams = 1'000;
};

struct ticket {
  std::string iden;  // empty: the call was not placed
  std::string text;
};

class live {
 public:
  explicit live(const live_options& options);

  asio::io_context& context() noexcept { return context_; }
  const live_options& options() const noexcept { return options_; }
  journal& changes() noexcept { return journal_; }
  const std::vector<std::shared_ptr<stream_reader>>& readers() const noexcept { return readers_; }
  const statuses& placed() const noexcept { return placed_; }

  // Becomes the service's Asterisk. With `hold` a call stops as its caller's phone rings. Returns once the service has
  // logged in; throws std::runtime_error where it does not.
  task<live_asterisk*> be_asterisk(bool hold);
  // The recorded call of others, stretched to the wanted life.
  const call_script& other_call();

  // Challenge, digest, call with progress.
  task<ticket> place(http_client& client);
  // Places a call for each due time and follows it.
  task<void> place_and_follow();
  void follow(const ticket& of);
  // Until every stream has ended; false when that takes too long.
  task<bool> wait_for_ends(std::chrono::seconds patience);

  task<void> pause(std::chrono::milliseconds how_long);

 private:
  asio::io_context context_{1};
  live_options options_;
  url server_;
  journal journal_;
  auth::digester digester_;
  std::size_t next_caller_ = 0;
  statuses placed_;
  std::vector<std::shared_ptr<stream_reader>> readers_;
  std::optional<call_script> other_call_;
  std::shared_ptr<live_asterisk> asterisk_;
  std::vector<std::optional<call::state>> parts_;  // what each part of the own call brings it to
};

// Each returns what is printed.
// From the event on Asterisk's socket to the bytes on the reader's.
task<boost::json::object> measure_changes(live* run);
// The same on a real Asterisk, against a plain AMI session that hears the same events.
struct plain_session {
  asio::ip::tcp::endpoint server;
  std::string user;
  std::string secret;
};
task<boost::json::object> measure_beside(live* run, plain_session plain);
// The service's CPU time for each event of calls that are none of its own.
task<boost::json::object> measure_others(live* run);
// The service's memory for each open stream on which nothing happens but heartbeats.
task<boost::json::object> measure_streams(live* run, std::chrono::seconds idle);

}  // namespace c2c::bench
