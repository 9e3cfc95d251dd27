#include "work.hpp"

namespace c2c::bench {
namespace {

constexpr std::string_view no_digest = "00000000000000000000000000000000";

}  // namespace

boost::json::object run_refusals(const target& to, std::uint64_t count, const std::vector<caller>& callers) {
  statuses seen;
  latencies known;
  latencies unknown;
  latencies difference;  // of neighbours: what changes slowly cancels out
  steady_clock::duration before{};
  std::uint64_t turn = 0;
  target alone = to;
  alone.connections = 1;
  // Taking turns: whatever slows the machine down for a while slows both sides.
  run_all(alone, {.count = 2 * count}, [&](http_client& client, steady_time) -> task<void> {
    const bool exists = turn % 2 == 0;
    const caller& who = callers[turn++ / 2 % callers.size()];
    // As long as the other, and spelt so that no terminal has it.
    const std::string aor = (exists ? who.user : "x" + who.user.substr(1)) + '@' + who.realm;
    const auto challenge = co_await client.post("/challenge", challenge_request(aor));
    const std::string body =
        call_request(aor, std::string(text_of(challenge.body, "\"nonce\"")), no_digest, "+34900000486");
    const auto started = steady_clock::now();
    const auto call = co_await client.post("/call", body);
    const auto spent = steady_clock::now() - started;
    (exists ? known : unknown).add(spent);
    if (exists) {
      before = spent;
    } else {
      difference.add(spent - before);
    }
    seen.add(call.status);
  });
  return {{"statuses", seen.summary()},
          {"wrong_password_ms", known.summary()},
          {"unknown_user_ms", unknown.summary()},
          {"unknown_minus_wrong_ms", difference.summary()}};
}

}  // namespace c2c::bench
