// The metrics as Prometheus reads them: its text format 0.0.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metrics.hpp"
#include "metrics/process.hpp"
#include "metrics/readiness.hpp"
#include "metrics/webhook_counts.hpp"

namespace c2c::metrics {

inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

// What is looked at, not counted, when the page is asked for. What could not be had is left out of the page.
struct observations {
  struct claims_figures {
    std::size_t held = 0;
    std::size_t bytes = 0;
    std::size_t most = 0;
    std::uint64_t refused = 0;
  };
  // How placed calls have ended, since the start.
  struct end_figures {
    std::vector<std::pair<std::string_view, std::uint64_t>> by_reason;
    std::chrono::nanoseconds rang{0};  // together, until both talked or until the end
    std::chrono::nanoseconds talked{0};
  };
  // One of the throttle's.
  struct limit_figures {
    std::string_view name;
    std::size_t held = 0;
    std::size_t most = 0;
    std::uint64_t refused = 0;
    std::uint64_t forgotten = 0;
  };
  struct server_figures {
    std::string host;
    bool up = false;
    std::uint32_t failures = 0;  // attempts to connect, in a row
  };
  // Where several instances share what they know.
  struct sharing_figures {
    bool redis_up = false;
    std::size_t followed = 0;      // calls of other instances that somebody follows here
    std::uint64_t taken_over = 0;  // calls of instances that were gone
  };
  struct exchange_figures {
    std::vector<server_figures> servers;
    std::size_t live_calls = 0;
    std::uint64_t events = 0;
    std::uint64_t sessions = 0;
    std::uint64_t lost = 0;
    std::uint64_t skipped = 0;  // lines and messages that could not be read
    std::optional<sharing_figures> sharing;
  };

  std::string_view version;
  std::size_t workers = 0;
  std::size_t most_connections = 0;
  std::size_t most_live_calls = 0;
  readiness ready;
  claims_figures claims;
  end_figures ends;
  std::vector<limit_figures> limits;
  std::optional<exchange_figures> exchange;
  std::optional<webhook_counts> hooks;
  std::optional<process_figures> process;
};

// On the main thread, as `counted` is.
std::string page(const registry& counted, const observations& seen);

}  // namespace c2c::metrics
