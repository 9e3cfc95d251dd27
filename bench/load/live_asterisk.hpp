// An Asterisk that plays recorded calls in their own time. Each event is a write of its own, as Asterisk's manager does
// it (main/manager.c, process_events), so that whoever reads is woken as often as by the real one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "ami_actions.hpp"
#include "call_script.hpp"
#include "net/asio.hpp"

namespace c2c::bench {

class live_asterisk {
 public:
  struct options {
    std::uint16_t port = 0;  // of this machine; 0: the system chooses one
    std::string secret;
    call_script call;  // what follows an Originate
    // Told of each part of such a call right before it is written.
    std::function<void(std::string_view iden, std::size_t part, steady_time when)> on_part;
    std::size_t hold_before = SIZE_MAX;  // this part and those after it wait for release()
  };

  live_asterisk(asio::io_context& context, options chosen);

  // Serves one session after another, until it is stopped.
  static task<void> serve(std::shared_ptr<live_asterisk> self);
  void stop();
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  bool logged_in() const noexcept { return answers_.logged_in(); }

  // Lets the calls that are held go on, from now.
  void release();

  // So many calls of others are alive at any time, in their various phases; each that ends is followed by another.
  // `script` outlives this. With `at_once` their events follow each other as fast as they are taken.
  void begin_others(const call_script* script, std::size_t calls, bool at_once);
  void end_others();

  std::uint64_t events() const noexcept { return events_; }  // written, whoever they belong to
  std::uint64_t bytes() const noexcept { return bytes_; }    // of them

 private:
  struct played {
    const call_script* script = nullptr;
    steady_time started;
    std::string action;
    std::string iden;
    std::string number;
    std::size_t next = 0;  // part
    bool own = false;
  };
  struct entry {
    steady_time due;
    std::shared_ptr<played> call;
    bool operator<(const entry& other) const noexcept { return due > other.due; }  // the soonest on top
  };

  task<void> serve_next();
  task<void> read(tcp_socket* socket);
  task<void> write(tcp_socket* socket);
  task<bool> write_part(tcp_socket* socket, entry what);
  void answer(std::string_view action);
  void originate(std::string_view action);
  void go_on(entry what);
  void name_other(played& call);

  asio::io_context& context_;
  options options_;
  tcp_acceptor acceptor_;
  ami_answers answers_;
  timer wake_;
  bool lost_ = false;
  std::string replies_;  // not written yet
  std::string out_;
  std::priority_queue<entry> queue_;
  std::vector<std::shared_ptr<played>> held_;
  bool others_ = false;
  bool at_once_ = false;
  unsigned numbers_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace c2c::bench
