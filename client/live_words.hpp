// A call as it goes, in plain words and as an exit code. Pure.
#pragma once

#include <chrono>
#include <string>

#include "client/follow.hpp"
#include "client/progress.hpp"
#include "client/words.hpp"

namespace c2c::client {

// "00:12", "1:02:03".
std::string clock_text(std::chrono::seconds time);

// What goes on now: "Your phone rings.", "Calling +34900000000.", "Connected 00:12." or how it ended. `talking` is how
// long the phones have been connected, where they are.
std::string describe(const snapshot& now, const std::string& destination, std::chrono::seconds talking);

// How the following ended: 0 for a call that was connected and ended, else a code of its own.
report describe(const end_of_call& how, const context& about);

// What the service said to a request about a call that it, or the ticket, does not know; else as describe() has it.
report describe_unknown(const refused& it, const context& about);

// {"ended":true,"state":…,"reason":…,"text":…,"exit":…,"iden":…} without a line's end; state and reason only where
// they are known.
std::string to_json(const end_of_call& how, const context& about, const report& said);

}  // namespace c2c::client
