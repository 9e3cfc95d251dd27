// Which terminals have a phone that could ring.
#pragma once

#include <string>

#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::routing {

// One for each worker, used on that worker's thread only.
class registrar {
 public:
  virtual ~registrar() = default;

  // Whether a phone is registered for `user`@`domain` now. Answers within half a second, and by
  // `by`. Errors: timed_out,
  // unavailable, overloaded, malformed: it is not known, and a call goes on as if one were.
  virtual task<result<bool>> registered(std::string user, std::string domain, steady_time by) = 0;
};

}  // namespace c2c::routing
