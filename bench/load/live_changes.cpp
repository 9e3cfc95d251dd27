#include "live.hpp"

namespace c2c::bench {
namespace {

constexpr std::chrono::seconds end_patience{20};

}  // namespace

task<boost::json::object> measure_changes(live* run) {
  live_asterisk* const asterisk = co_await run->be_asterisk(false);
  if (run->options().others > 0) {
    asterisk->begin_others(&run->other_call(), run->options().others, run->options().life <= 0);
  }
  const steady_time started = steady_clock::now();
  const auto events = asterisk->events();
  co_await run->place_and_follow();
  const std::chrono::duration<double> took = steady_clock::now() - started;
  const double per_second = static_cast<double>(asterisk->events() - events) / took.count();
  const bool ended = co_await run->wait_for_ends(end_patience);
  auto out = run->changes().summary();
  out["statuses"] = run->placed().summary();
  out["all_ended"] = ended;
  out["events_per_second"] = per_second;
  co_return out;
}

}  // namespace c2c::bench
