// What a caller asks for, and what of it is acceptable.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "base/time.hpp"
#include "net/asio.hpp"

namespace c2c::call {

// POST /call as it came; nothing is checked yet.
struct request {
  std::string aor;
  std::string nonce;
  std::string response;
  std::string destination;
  std::string iden;  // empty: one is made
  std::optional<std::int64_t> max_duration_ms;
  std::optional<std::int64_t> dial_timeout_s;
  std::optional<bool> optimize;
  bool progress = false;  // a ticket is wanted
  asio::ip::address client;
  steady_time began = steady_clock::now();  // when its first byte came: whoever asks is answered 10 s later at most
};

struct settings {
  std::chrono::seconds dial_timeout{30};
  std::chrono::milliseconds max_duration{10'800'000};
  bool optimize = false;  // lets Asterisk optimise the Local channel away: no "/n"
};

// What an operator lets a request ask for.
struct ceilings {
  std::chrono::seconds dial_timeout = std::chrono::days(1);
  std::chrono::milliseconds max_duration = std::chrono::days(1);
};

// How long such a call may live at most: dialling and talking, and ten minutes for ringing of leg 2, transfers and the
// dialplan's own time.
std::chrono::milliseconds longest_life(std::chrono::seconds dial_timeout,
                                       std::chrono::milliseconds max_duration) noexcept;

// [+*0-9], 1 to 40: Asterisk copies the channel into 256 bytes and an extension into 80 (main/manager.c
// action_originate, AST_MAX_EXTENSION).
bool valid_destination(std::string_view text) noexcept;

// [A-Za-z0-9_-], 1 to 32.
bool valid_iden(std::string_view text) noexcept;

// What is asked for, over the defaults. Zero and less take the default, as in the reference; more than the ceilings is
// held to them, so that a client which cannot know them is served. Errors: invalid_dial_timeout, invalid_max_duration
// (over a day).
result<settings> settings_for(const request& asked, const settings& defaults, const ceilings& most);

}  // namespace c2c::call
