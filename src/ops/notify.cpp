#include "ops/notify.hpp"

#include <cstdint>

#include <systemd/sd-daemon.h>

namespace c2c::ops {

void notify_ready() {
  sd_notify(0, "READY=1");
}

void notify_stopping() {
  sd_notify(0, "STOPPING=1");
}

void notify_watchdog() {
  sd_notify(0, "WATCHDOG=1");
}

std::chrono::microseconds watchdog_interval() {
  std::uint64_t limit_us = 0;
  return std::chrono::microseconds(sd_watchdog_enabled(0, &limit_us) > 0 ? limit_us / 2 : 0);
}

}  // namespace c2c::ops
