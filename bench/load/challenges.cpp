#include "work.hpp"

namespace c2c::bench {

boost::json::object run_challenges(const target& to, const pace& how, const std::string& body) {
  const std::string path = parse_url(to.url).path;
  statuses seen;
  latencies took;
  const elapsed all = run_all(to, how, [&](http_client& client, steady_time due) -> task<void> {
    const auto reply = co_await client.post(path, body);
    took.add(steady_clock::now() - due);
    seen.add(reply.status);
  });
  return {{"count", all.given},
          {"statuses", seen.summary()},
          {"elapsed_s", all.seconds},
          {"per_second", static_cast<double>(all.given) / all.seconds},
          {"latency_ms", took.summary()}};
}

}  // namespace c2c::bench
