// Readiness, watchdog and sockets of systemd (sd_notify(3), sd_listen_fds(3)). All of it does nothing outside systemd.
#pragma once

#include <chrono>
#include <optional>

namespace c2c::app {

void notify_ready();
void notify_reloading();  // notify_ready says that it is over
void notify_stopping();
void notify_watchdog();

// The listening TCP socket that whoever started the process has given it: it outlives the process, so that a restart
// refuses nobody. Of several the first.
std::optional<int> given_socket();

// How often the watchdog wants to be fed: half of WATCHDOG_USEC, or 0 where there is none.
std::chrono::microseconds watchdog_interval();

}  // namespace c2c::app
