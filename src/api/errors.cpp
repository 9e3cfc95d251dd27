#include "api/errors.hpp"

namespace c2c::api {

http::response to_response(const failure& why) {
  switch (why.code) {
    case errc::invalid_json: return http::error_response(400, "invalid json body");
    case errc::invalid_aor: return http::error_response(400, "invalid aor");
    case errc::invalid_destination: return http::error_response(400, "invalid destination");
    case errc::invalid_iden: return http::error_response(400, "invalid iden");
    case errc::invalid_dial_timeout: return http::error_response(400, "invalid dialTimeout");
    case errc::invalid_max_duration: return http::error_response(400, "invalid maxDuration");
    case errc::invalid_nonce: return http::error_response(401, "invalid nonce");
    case errc::forbidden:
    case errc::not_found: return http::error_response(403, "forbidden");
    case errc::iden_in_use: return http::error_response(409, "iden in use");
    case errc::not_registered: return http::error_response(422, "terminal not registered");
    case errc::destination_refused: return http::error_response(422, "destination not allowed");
    case errc::throttled: return http::too_many_requests(why.retry_after);
    case errc::invalid_ticket: {
      http::response answer = http::error_response(401, "invalid ticket");
      // RFC 6750 §3. Without the other a cache may keep an answer to an address that has its ticket in it.
      answer.fields = "WWW-Authenticate: Bearer\r\nCache-Control: no-store\r\n";
      return answer;
    }
    case errc::unknown_call: {
      http::response answer = http::error_response(404, "unknown call");
      answer.fields = http::no_store;
      return answer;
    }
    case errc::backend_unavailable: return http::error_response(502, "backend error");
    case errc::no_application_server: return http::error_response(502, "could not resolve application server");
    case errc::not_sent:
    case errc::outcome_unknown:
    case errc::rejected:
    case errc::timed_out:
    case errc::malformed:
    case errc::unavailable: return http::error_response(502, "could not originate call");
    case errc::hang_up_refused: return http::error_response(502, "could not hang up");
    case errc::overloaded:
    case errc::store_unavailable: {
      http::response answer = http::error_response(503, "service unavailable");
      answer.retry_after = std::chrono::seconds(1);
      return answer;
    }
  }
  return http::error_response(500, "internal error");
}

}  // namespace c2c::api
