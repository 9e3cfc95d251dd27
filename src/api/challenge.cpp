#include "api/challenge.hpp"

#include <chrono>
#include <utility>

#include "api/errors.hpp"
#include "api/messages.hpp"
#include "auth/aor.hpp"

namespace c2c::api {
namespace {

task<http::response> answer_challenge(auth::nonce_signer* signer, random_source* random, http::request request) {
  const auto message = parse_message(request.body);
  if (!message) {
    co_return to_response(message.error());
  }
  const auto aor = auth::parse_aor(message->aor);
  if (!aor) {
    co_return to_response(aor.error());
  }
  const auto now = wall_seconds();
  http::response answer;
  auth::nonce_signer::buffer nonce;
  answer.body = challenge_body(signer->issue(message->aor, now, random->next_u64(), nonce), aor->realm);
  co_return answer;
}

}  // namespace

http::handler make_challenge(auth::nonce_signer& signer, random_source& random) {
  return [&signer, &random](http::request request) { return answer_challenge(&signer, &random, std::move(request)); };
}

}  // namespace c2c::api
