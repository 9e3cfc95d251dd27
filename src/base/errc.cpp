#include "base/errc.hpp"

namespace c2c {

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::invalid_json: return "invalid_json";
    case errc::invalid_aor: return "invalid_aor";
    case errc::invalid_destination: return "invalid_destination";
    case errc::invalid_iden: return "invalid_iden";
    case errc::invalid_dial_timeout: return "invalid_dial_timeout";
    case errc::invalid_max_duration: return "invalid_max_duration";
    case errc::invalid_nonce: return "invalid_nonce";
    case errc::forbidden: return "forbidden";
    case errc::iden_in_use: return "iden_in_use";
    case errc::not_registered: return "not_registered";
    case errc::invalid_ticket: return "invalid_ticket";
    case errc::unknown_call: return "unknown_call";
    case errc::destination_refused: return "destination_refused";
    case errc::throttled: return "throttled";
    case errc::overloaded: return "overloaded";
    case errc::store_unavailable: return "claims_unavailable";
    case errc::not_found: return "not_found";
    case errc::backend_unavailable: return "backend_unavailable";
    case errc::no_application_server: return "no_application_server";
    case errc::not_sent: return "not_sent";
    case errc::outcome_unknown: return "outcome_unknown";
    case errc::rejected: return "rejected";
    case errc::hang_up_refused: return "hang_up_refused";
    case errc::timed_out: return "timed_out";
    case errc::malformed: return "malformed";
    case errc::unavailable: return "unavailable";
  }
  return "unknown";
}

}  // namespace c2c
