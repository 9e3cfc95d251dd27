#include "metrics/metrics.hpp"

#include <algorithm>

namespace c2c::metrics {
namespace {

constexpr std::size_t statuses = 600;

// A look-up in a table instead of a search, as it is on every request's way.
constexpr auto places = [] {
  std::array<std::uint8_t, statuses> out{};
  out.fill(static_cast<std::uint8_t>(known_codes.size()));
  for (std::size_t i = 0; i < known_codes.size(); ++i) {
    out[known_codes[i]] = static_cast<std::uint8_t>(i);
  }
  return out;
}();

}  // namespace

std::string_view to_string(endpoint which) noexcept {
  switch (which) {
    case endpoint::challenge: return "challenge";
    case endpoint::call: return "call";
    case endpoint::live_call: return "live_call";
    case endpoint::hang_up: return "hang_up";
    case endpoint::preflight: return "preflight";
    case endpoint::other: return "other";
  }
  return "other";
}

std::size_t code_index(std::uint16_t status) noexcept {
  return status < statuses ? places[status] : known_codes.size();
}

std::string_view to_string(backend which) noexcept {
  switch (which) {
    case backend::claims: return "claims";
    case backend::directory: return "directory";
    case backend::registrar: return "registrar";
    case backend::routing: return "routing";
    case backend::kamailio: return "kamailio";
    case backend::originate: return "originate";
  }
  return "other";
}

bool at_fault(errc code) noexcept {
  switch (code) {
    case errc::store_unavailable:
    case errc::backend_unavailable:
    case errc::no_application_server:
    case errc::not_sent:
    case errc::outcome_unknown:
    case errc::rejected:
    case errc::hang_up_refused:
    case errc::timed_out:
    case errc::malformed:
    case errc::unavailable: return true;
    case errc::invalid_json:
    case errc::invalid_aor:
    case errc::invalid_destination:
    case errc::invalid_iden:
    case errc::invalid_dial_timeout:
    case errc::invalid_max_duration:
    case errc::invalid_nonce:
    case errc::forbidden:
    case errc::iden_in_use:
    case errc::not_registered:
    case errc::invalid_ticket:
    case errc::unknown_call:
    case errc::destination_refused:
    case errc::throttled:
    case errc::overloaded:
    case errc::not_found: return false;
  }
  return false;
}

void backend_metrics::note(bool answered, std::chrono::nanoseconds took, steady_time now) noexcept {
  duration_.observe(took);
  if (!answered) {
    errors_.add();
  }
  note_state(answered, now);
}

void backend_metrics::note_failure(errc code, std::chrono::nanoseconds took, steady_time now) noexcept {
  if (code == errc::overloaded) {
    // A limit of ours: it was not asked, so this says nothing of its health.
    duration_.observe(took);
    errors_.add();
  } else {
    note(!at_fault(code), took, now);
  }
}

void backend_metrics::note_state(bool answered, steady_time now) noexcept {
  (answered ? answered_ : failed_).store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

health registry::state_of(backend which, std::chrono::seconds memory, steady_time now) const noexcept {
  steady_time answered{};
  steady_time failed{};
  for (const worker_metrics& worker : workers_) {
    answered = std::max(answered, worker.calls.of(which).answered());
    failed = std::max(failed, worker.calls.of(which).failed());
  }
  if (failed > answered && now - failed < memory) {
    return health::fails;
  }
  return answered == steady_time{} ? health::unknown : health::answers;
}

}  // namespace c2c::metrics
