// The hang-up of one call: DELETE, sent again until the service has taken it.
#pragma once

#include <chrono>
#include <variant>

#include "base/random.hpp"
#include "base/time.hpp"
#include "client/follow.hpp"
#include "net/backoff.hpp"

namespace c2c::client {

// An answer that says nothing of the call, and may be another one later: 408, 425, 429 and what begins with 5.
bool passes(const refused& it) noexcept;
// The service's own word that the call is over, or was never: not a proxy's 404.
bool is_unknown_call(const refused& it) noexcept;
// How long the service wants not to be asked, at most for two minutes; nothing where it does not say.
std::chrono::milliseconds asked_wait(const refused& it) noexcept;

class hang_up {
 public:
  enum class result : std::uint8_t {
    over,     // 204
    ending,   // 202: the service goes on with it by itself; now() is the call
    again,    // for why(); to be asked again at next()
    unknown,  // 404: the service does not know the call; why() has its word
    refused,  // for why(), for good
    given_up,
  };

  explicit hang_up(const live_call& which);

  // One request, of at most 10 s and connecting, given up once `wake` can be read.
  result ask(int wake = -1);

  steady_time next() const noexcept { return next_; }
  // Half a minute after the first request, or some seconds after a Retry-After, but five minutes at most.
  bool in_vain() const noexcept { return next_ > until_ || steady_clock::now() > until_; }
  const snapshot& now() const noexcept { return now_; }
  const std::variant<refused, failed>& why() const noexcept { return why_; }

 private:
  result take(const answer& got);
  result later(std::chrono::milliseconds wanted);

  live_call which_;
  random_source random_;
  net::backoff wait_;
  snapshot now_;
  std::variant<refused, failed> why_;
  steady_time began_;
  steady_time next_;
  steady_time until_;
};

}  // namespace c2c::client
