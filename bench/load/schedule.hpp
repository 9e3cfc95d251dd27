// When each piece of work is due: as soon as somebody is free, evenly spaced, or so many at the same moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <CLI/CLI.hpp>

#include "base/time.hpp"

namespace c2c::bench {

struct pace {
  std::uint64_t count = 0;       // 0: no limit
  double seconds = 0;            // 0: no limit
  double rate = 0;               // a second, evenly; 0: flat out
  std::uint64_t burst = 0;       // so many at the same moment; 0: none
  std::uint64_t every_ms = 500;  // from one burst to the next

  void add_options(CLI::App& to);
  bool bounded() const noexcept { return count > 0 || seconds > 0; }
};

class schedule {
 public:
  // Begins `lead` from now, so that every connection is there when the first piece of work is due.
  explicit schedule(pace chosen, std::chrono::milliseconds lead = std::chrono::milliseconds(50));

  // When the next piece of work is due, which may be in the past; nothing once all was given out.
  std::optional<steady_time> next();

  steady_time start() const noexcept { return start_; }
  std::uint64_t given() const noexcept { return given_; }

 private:
  pace pace_;
  steady_time start_;
  std::uint64_t given_ = 0;
};

}  // namespace c2c::bench
