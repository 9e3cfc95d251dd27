#include "app/systemd.hpp"

#include <cstdint>

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

namespace c2c::app {

void notify_ready() {
  sd_notify(0, "READY=1");
}

void notify_reloading() {
  sd_notify(0, "RELOADING=1");
}

void notify_stopping() {
  sd_notify(0, "STOPPING=1");
}

void notify_watchdog() {
  sd_notify(0, "WATCHDOG=1");
}

std::optional<int> given_socket() {
  if (sd_listen_fds(0) < 1 || sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    return std::nullopt;
  }
  return SD_LISTEN_FDS_START;
}

std::chrono::microseconds watchdog_interval() {
  std::uint64_t limit_us = 0;
  return std::chrono::microseconds(sd_watchdog_enabled(0, &limit_us) > 0 ? limit_us / 2 : 0);
}

}  // namespace c2c::app
