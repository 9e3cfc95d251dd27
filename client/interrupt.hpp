// Ctrl-C (SIGINT) and SIGTERM, while they mean "hang up" and not "end the program".
#pragma once

namespace c2c::client {

// From its making to its end the first of these signals is only noted, wherever the program is at that moment; from
// then on they end the program again, so that whoever is in a hurry can leave. One that was ignored before stays so, as
// for a job in the background. One object at a time, and no other thread may change these handlers.
class interrupt {
 public:
  // Throws std::system_error where the system gives no pipe.
  interrupt();
  // Takes over nothing, and is never asked: the signals end the program as ever.
  enum nothing : bool { none };
  explicit interrupt(nothing) noexcept {}
  interrupt(const interrupt&) = delete;
  interrupt& operator=(const interrupt&) = delete;
  ~interrupt();

  bool asked() const noexcept;
  // Can be read once asked(), for as long as this lives; for poll(2).
  int fd() const noexcept { return ends_[0]; }

 private:
  int ends_[2]{-1, -1};
};

// Waits until `milliseconds` have passed or `fd` can be read; -1 is none.
void pause_for(long milliseconds, int fd);

}  // namespace c2c::client
