// What came back for one action.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/errc.hpp"

namespace c2c::asterisk {

struct response {
  bool success = false;   // "Success", or "Goodbye", which answers a Logoff (Asterisk's main/manager.c); else "Error"
  std::string message;    // Asterisk's "Message" header
  std::string action_id;  // as sent: an event of the action carries it too
};

// Called exactly once for each action, on the session's thread.
using completion = std::move_only_function<void(result<response>)>;

// Called with the ActionID when the action's bytes are put into the buffer that is written next.
using written_handler = std::function<void(std::string_view action_id)>;

}  // namespace c2c::asterisk
