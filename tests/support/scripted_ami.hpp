// A manager that follows a script, over a real socket on the loopback: for what a real Asterisk cannot be made to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/asio.hpp"

namespace c2c::test {

// What the manager does on one connection, step by step. When the steps are over it keeps reading and says nothing.
class ami_script {
 public:
  // Sends these bytes. {name} stands for the ActionID of the action that was expected under that name, {id} for the
  // last one's.
  ami_script& sends(std::string bytes);
  // Reads the next action, which has to be of that name; its ActionID is kept as `as`.
  ami_script& expects(std::string action, std::string as = "id");
  // Sends "Response: Success" for the action that was expected under that name.
  ami_script& succeeds(std::string_view as = "id");
  ami_script& waits(std::chrono::milliseconds time);
  ami_script& closes();
  // Greets, challenges and takes the log-in, whose key has to be that of `secret`; the log-in's answer comes after
  // `delay`.
  ami_script& logs_in(const std::string& secret, std::chrono::milliseconds delay = {});
  // From here on every action succeeds, until the peer closes.
  ami_script& answers_everything();
  // From here on nothing is read any more.
  ami_script& stops_reading();

 private:
  friend class scripted_ami;
  enum class kind : std::uint8_t { send, expect, check_key, wait, close, answer, stop };
  struct step {
    kind what;
    std::string text;
    std::string as;
    std::chrono::milliseconds time{};
  };
  std::vector<step> steps_;
};

// Belongs to the thread that runs its context. Listens on 127.0.0.1, on a port of the system's choice.
class scripted_ami {
 public:
  explicit scripted_ami(asio::io_context& context);
  ~scripted_ami();
  scripted_ami(const scripted_ami&) = delete;
  scripted_ami& operator=(const scripted_ami&) = delete;

  std::uint16_t port() const;
  // One script for each connection, in order; the last one is followed by every later connection too.
  void plays(ami_script script);
  // Closes the listener: later connections are refused.
  void stops_listening();

  int connections() const;
  // The actions that came, as they came, of every connection.
  const std::vector<std::string>& actions() const;
  // What did not go by the script; a test wants none.
  const std::vector<std::string>& surprises() const;

 private:
  struct state;
  struct connection;
  static task<void> accept(std::shared_ptr<state> all);
  static task<void> play(std::shared_ptr<state> all, std::shared_ptr<connection> one, ami_script script);
  static task<bool> read_action(std::shared_ptr<state> all, std::shared_ptr<connection> one);
  static task<bool> perform(std::shared_ptr<state> all, std::shared_ptr<connection> one, ami_script::step step);
  std::shared_ptr<state> state_;
};

}  // namespace c2c::test
