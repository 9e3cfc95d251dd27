// Follows one call until it is over, whatever happens to the connection meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "client/call.hpp"
#include "client/http.hpp"
#include "client/interrupt.hpp"
#include "client/progress.hpp"

namespace c2c::client {

struct live_call {
  url where;
  connection_options how;
  std::string iden;
  std::string ticket;

  std::string endpoint() const { return "calls/" + iden; }
};

// Where the following ended: at the call's last state, at an answer that is none (404: the service does not know the
// call any more), or where the service could not be reached for a minute, or the call did not end half a minute after
// it was hung up.
using end_of_call = std::variant<snapshot, refused, failed>;

// Tells each change as it comes, and nothing (nullptr) about once a second between them. A broken stream is taken up
// again after the last change that was seen. Once `stop` is asked, the call is hung up and followed on.
end_of_call follow(const live_call& which, interrupt& stop, const std::function<void(const snapshot*)>& tell);

// The call as it is now.
std::variant<snapshot, refused, failed> look(const live_call& which);
// Hangs up. A snapshot where the call has not ended yet; nothing where it is over.
std::variant<std::monostate, snapshot, refused, failed> hang_up(const live_call& which);

}  // namespace c2c::client
