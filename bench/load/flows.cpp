#include "auth/digest.hpp"
#include "work.hpp"

namespace c2c::bench {
namespace {

constexpr std::string_view no_digest = "00000000000000000000000000000000";

// What happened to all flows.
struct tally {
  statuses challenge;
  statuses call;
  latencies whole;      // from the moment it was due, challenge and call
  latencies call_only;  // from the POST /call
};

task<void> one_flow(http_client& client, const caller& who, const flow_options& what, auth::digester& digester,
                    steady_time due, tally& into) {
  const std::string aor = who.aor();
  const auto challenge = co_await client.post("/challenge", challenge_request(aor));
  into.challenge.add(challenge.status);
  if (challenge.status != 200) {
    co_return;
  }
  const std::string nonce(text_of(challenge.body, "\"nonce\""));
  const auto digest = digester.response(who.user, who.realm, who.password, nonce, what.destination);
  const auto started = steady_clock::now();
  const auto call = co_await client.post(
      "/call", call_request(aor, nonce, what.wrong_password ? no_digest : auth::view(digest), what.destination));
  const auto ended = steady_clock::now();
  into.call.add(call.status);
  into.call_only.add(ended - started);
  into.whole.add(ended - due);
}

}  // namespace

boost::json::object run_flows(const target& to, const pace& how, const flow_options& what) {
  tally seen;
  auth::digester digester;
  std::size_t next = 0;
  const elapsed all = run_all(to, how, [&](http_client& client, steady_time due) -> task<void> {
    const caller& who = what.callers[next++ % what.callers.size()];
    return one_flow(client, who, what, digester, due, seen);
  });
  return {{"count", all.given},
          {"challenge_statuses", seen.challenge.summary()},
          {"statuses", seen.call.summary()},
          {"elapsed_s", all.seconds},
          {"per_second", static_cast<double>(all.given) / all.seconds},
          {"latency_ms", seen.whole.summary()},
          {"call_latency_ms", seen.call_only.summary()}};
}

}  // namespace c2c::bench
