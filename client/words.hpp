// What happened, in plain words and as an exit code. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "client/call.hpp"

namespace c2c::client {

enum class exit_code : std::uint8_t {
  placed = 0,        // and, where it was followed, connected and ended
  failed = 1,        // any other failure
  usage = 2,         // the command line or the settings
  unauthorised = 3,  // 401 and 403
  unreachable = 4,   // connecting, TLS, a broken connection, a time-out
  backend = 5,       // the service's own backend failed: 502, 503, 504
  later = 6,         // refused for now: 409 and 429
  busy = 7,          // either phone was, or declined
  no_answer = 8,     // from either phone
  call_failed = 9,   // a phone could not be reached, or the call was lost sight of
  cancelled = 10,    // given up before it was connected
  unwritten = 11,    // all went well, but standard output did not take what there was to say
};

// What the sentences name.
struct context {
  std::string destination;
  std::string iden;
  std::string aor;
  url where;
  std::chrono::seconds whole{20};
  std::string end_it{};  // the command that ends the call, where there is one
};

struct report {
  report(exit_code code_, std::string text_) : code(code_), text(std::move(text_)) {}

  exit_code code;
  std::string text;  // one or more whole lines, without a line's end at the end; holds nothing that steers a terminal
};

// What a server sent, without what steers a terminal, cut to a length that can be quoted.
std::string printable(std::string_view text);

report describe(const outcome& happened, const context& about);

// The same as one JSON object without a line's end: {"placed":true,"destination":…,"iden":…}, or "placed":false with
// "error", "exit" and, where there was an HTTP answer, "status"; "maybePlaced":true where that cannot be told; for a
// rehearsal
// {"placed":false,"dryRun":true,"realm":…,"request":{…}}.
std::string to_json(const outcome& happened, const context& about, const report& said);

// A mistake in the command line or the settings, in the same shape.
std::string to_json(const report& said);

}  // namespace c2c::client
