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

// The service has ended the call, but its last state was not told.
struct over_unseen {
  bool connected;  // it once was
};

// Where the following ended: at the call's last state; at an answer that is none, such as 404, where the service does
// not know the call any more; where the service could not be reached for a minute; or where the call could not be hung
// up.
using end_of_call = std::variant<snapshot, over_unseen, refused, failed>;

// Whether the call is over for all that the service says.
bool known_to_be_over(const end_of_call& how) noexcept;

// Tells each change as it comes, and nothing (nullptr) about once a second between them, and once when `stop` is asked.
// A broken stream is taken up again after the last change that was seen, and so is one that is refused for now, after
// Retry-After. Once `stop` is asked, the call is hung up and followed on.
end_of_call follow(const live_call& which, interrupt& stop, const std::function<void(const snapshot*)>& tell);

// The call as it is now.
std::variant<snapshot, refused, failed> look(const live_call& which);

}  // namespace c2c::client
