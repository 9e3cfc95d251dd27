// What can go wrong, as a value. Exceptions mean a bug or a bad start-up and never cross the request path.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace c2c {

// Starts at 1, so that a zero is never mistaken for an error.
enum class errc : std::uint8_t {
  // The caller's request is at fault.
  invalid_json = 1,
  invalid_aor,
  invalid_destination,
  invalid_iden,
  invalid_dial_timeout,
  invalid_max_duration,
  invalid_nonce,
  forbidden,       // unknown, not eligible, or a wrong digest: told apart in the log only
  iden_in_use,     // the iden belongs to another call
  not_registered,  // the terminal has no phone that could ring
  invalid_ticket,
  unknown_call,         // no call of that iden is remembered here
  destination_refused,  // the operator allows no calls there
  throttled,            // too often; retry_after says when it may be tried again

  // A limit of ours was reached; trying again later helps.
  overloaded,
  store_unavailable,  // the claims' store is down: nothing can be accepted

  // A backend is at fault.
  not_found,              // the directory has no such terminal, Kamailio no such key
  backend_unavailable,    // the directory could not be asked
  no_application_server,  // no application server could be found for the company
  not_sent,               // nothing reached Asterisk: another server may be tried
  outcome_unknown,        // Asterisk may have acted: never tried again
  rejected,               // Asterisk said no
  hang_up_refused,        // Asterisk does not let us end the call
  timed_out,
  malformed,    // a peer broke its own protocol
  unavailable,  // a peer cannot be reached
};

// The name of the code, for logs: "invalid_aor".
std::string_view to_string(errc code) noexcept;

struct failure {
  errc code;
  std::string detail;  // for the log, never for the caller; holds no secret
  std::chrono::seconds retry_after{0};

  // NOLINTNEXTLINE(google-explicit-constructor): a bare code is a failure.
  failure(errc code_, std::string detail_ = {}) : code(code_), detail(std::move(detail_)) {}
};

template <class T>
using result = std::expected<T, failure>;

inline std::unexpected<failure> fail(errc code, std::string detail = {}) {
  return std::unexpected<failure>(failure(code, std::move(detail)));
}

}  // namespace c2c
