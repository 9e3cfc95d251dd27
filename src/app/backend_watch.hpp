// Tells in the log of backends that fail, and of those that answer again.
#pragma once

#include <array>

#include "metrics/metrics.hpp"
#include "net/asio.hpp"

namespace c2c::app {

// Belongs to the main thread. A failure is one that calls have met: nobody is asked for this.
class backend_watch {
 public:
  // `counted` outlives it.
  backend_watch(asio::io_context& control, const metrics::registry& counted);

  void start() { look(); }
  void stop();

 private:
  struct told {
    bool fails = false;
    steady_time since{};
  };

  void look();

  const metrics::registry& counted_;
  timer timer_;
  std::array<told, metrics::backend_count> told_;
  bool stopped_ = false;
};

}  // namespace c2c::app
