// What the world outside is told of calls.
#pragma once

#include <array>
#include <cstddef>

#include "call/live_call.hpp"
#include "call/states.hpp"
#include "metrics/metrics.hpp"
#include "metrics/page.hpp"
#include "webhook/webhook.hpp"

namespace c2c::app {

// The change `number` of a placed call, for the webhook.
webhook::call_change change_of(const call::live_call& call, std::size_t number);

// The ends of placed calls: counted, and told in the log.
class call_ends {
 public:
  // That change, if it is the call's end. On the exchange's thread.
  void note(const call::live_call& call, std::size_t number);

  // From any thread.
  metrics::observations::end_figures figures() const;

 private:
  std::array<metrics::counter, call::reason_names.size()> by_reason_;
  metrics::counter rang_;  // nanoseconds
  metrics::counter talked_;
};

}  // namespace c2c::app
