// What the webhook has done since the start.
#pragma once

#include <cstddef>
#include <cstdint>

namespace c2c::metrics {

struct webhook_counts {
  std::uint64_t delivered = 0;
  std::uint64_t retried = 0;  // attempts that were not the first of their event
  std::uint64_t dropped = 0;
  std::size_t queued = 0;  // not decided yet: in the queue, or with a sender
};

}  // namespace c2c::metrics
