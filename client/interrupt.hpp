// The signals that end a program, while they mean "hang up" first: Ctrl-C (SIGINT), Ctrl-\ (SIGQUIT), SIGTERM, and
// SIGHUP, which a terminal sends when it is closed.
#pragma once

#include <chrono>
#include <deque>
#include <string>

namespace c2c::client {

// From its making to its end the first of these signals is only noted, wherever the program is at that moment. A later
// one writes the last words and ends the program, so that whoever is in a hurry can leave; but not SIGHUP, which shells
// send twice, and none that comes within `one_for` of the first: timeout(1) sends each signal twice. One that was
// ignored before stays so, as for a job in the background. A reader of our output that goes (SIGPIPE) does not end the
// program meanwhile. One object at a time, and no other thread may change these handlers.
class interrupt {
 public:
  // Throws std::system_error where the system gives no pipe.
  explicit interrupt(std::chrono::milliseconds one_for = std::chrono::seconds(1));
  // Takes over nothing, and is never asked: the signals end the program as ever.
  enum nothing : bool { none };
  explicit interrupt(nothing) noexcept {}
  interrupt(const interrupt&) = delete;
  interrupt& operator=(const interrupt&) = delete;
  ~interrupt();

  bool asked() const noexcept;
  // As if a signal had come.
  void ask() noexcept;
  // Can be read once asked(), for as long as this lives; for poll(2).
  int fd() const noexcept { return ends_[0]; }
  // One line for standard error, in place of the one before.
  void last_words(std::string line);

 private:
  int ends_[2]{-1, -1};
  std::deque<std::string> words_;  // all of them: a handler may be at one that was replaced
};

// Waits until `milliseconds` have passed or `fd` can be read, which is the answer; -1 is none.
bool pause_for(long milliseconds, int fd);

}  // namespace c2c::client
