// A process that reads what comes on a connection and does nothing with it: what being woken costs before any of it is
// looked at.
#pragma once

#include <cstdint>

namespace c2c::bench {

class plain_reader {
 public:
  // Starts it: it connects to that port of this machine. Throws std::runtime_error where that fails. To be made before
  // any thread.
  explicit plain_reader(std::uint16_t port);
  // Ends it.
  ~plain_reader();
  plain_reader(const plain_reader&) = delete;
  plain_reader& operator=(const plain_reader&) = delete;

  int pid() const noexcept { return pid_; }

 private:
  int pid_;
};

}  // namespace c2c::bench
