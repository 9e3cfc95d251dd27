// Readiness and watchdog for systemd (sd_notify(3)). All of it does nothing outside systemd.
#pragma once

#include <chrono>

namespace c2c::ops {

void notify_ready();
void notify_stopping();
void notify_watchdog();

// How often the watchdog wants to be fed: half of WATCHDOG_USEC, or 0 where there is none.
std::chrono::microseconds watchdog_interval();

}  // namespace c2c::ops
