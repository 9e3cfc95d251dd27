// What the kernel says of this process (proc(5)).
#pragma once

#include <cstdint>
#include <optional>

namespace c2c::metrics {

struct process_figures {
  double started = 0;      // seconds since 1970
  double cpu_seconds = 0;  // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

// Reads /proc anew. Nothing where it cannot be read.
std::optional<process_figures> read_process_figures();

}  // namespace c2c::metrics
