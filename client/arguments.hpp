// The command line. Pure: nothing is read but the arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "client/settings.hpp"

namespace c2c::client {

enum class command : std::uint8_t { call, status, hang_up };

struct arguments {
  command what = command::call;
  std::string typed;  // the destination as it was typed, its words joined by spaces
  given flags;        // never with a password: a command line can be read by everyone on the machine
  std::optional<std::string> config;
  std::optional<std::string> iden;  // of status and hangup: always there
  std::optional<std::int64_t> max_duration_ms;
  std::optional<std::int64_t> dial_timeout_s;
  std::chrono::seconds whole{20};
  bool optimize = false;
  bool dry_run = false;
  bool password_stdin = false;
  bool json = false;
  bool detach = false;        // does not wait for the call's end
  bool follow = false;        // status: waits for it
  bool ticket_stdin = false;  // the ticket is the first line of standard input
};

// Why there is nothing to do: help or a version to print (`error` is false), or a mistake.
struct nothing_to_do {
  std::string text;
  bool error = false;
};

std::expected<arguments, nothing_to_do> parse_arguments(int argc, const char* const* argv);

}  // namespace c2c::client
