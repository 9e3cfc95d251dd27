// How a reload went, told to whoever asked for it: a signal has no answer. Who asks opens an abstract UNIX socket
// (unix(7)) named after the service's process and then sends SIGHUP; the service writes one datagram to it.
#pragma once

#include <string>

#include <sys/types.h>

#include "base/errc.hpp"

namespace c2c::app {

// In the service; nobody may be waiting. Empty: it has the new configuration.
void tell_reloaded(const std::string& failure) noexcept;

// `click2calld --reload PID`. Blocks, half a minute at most. Errors: unavailable, with a sentence for the operator.
result<void> ask_to_reload(pid_t service);

}  // namespace c2c::app
