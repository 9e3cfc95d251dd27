#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "live.hpp"
#include "plain_reader.hpp"
#include "process_figures.hpp"

namespace c2c::bench {
namespace {

constexpr std::chrono::seconds quiet_time{5};
constexpr std::chrono::milliseconds settle_time{500};
constexpr std::chrono::seconds end_patience{20};

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

// Lets the others' events come for the wanted time, and returns how long that was.
task<std::chrono::duration<double>> play_others(live* run, live_asterisk* asterisk) {
  const steady_time started = steady_clock::now();
  asterisk->begin_others(&run->other_call(), run->options().others, run->options().life <= 0);
  co_await run->pause(
      std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(run->options().how.seconds)));
  asterisk->end_others();
  co_return steady_clock::now() - started;
}

// The same events, to a process that only reads them: microseconds for each.
task<double> measure_plain(live* run) {
  const auto asterisk = std::make_shared<live_asterisk>(
      run->context(), live_asterisk::options{.secret = {}, .call = run->other_call(), .on_part = {}});
  asio::co_spawn(run->context(), live_asterisk::serve(asterisk), asio::detached);
  const plain_reader reader(asterisk->port());
  co_await run->pause(settle_time);
  const auto before = cpu_of(reader.pid());
  co_await play_others(run, asterisk.get());
  co_await run->pause(settle_time);
  const auto all = between(before, cpu_of(reader.pid()));
  asterisk->stop();
  co_return microseconds(all) / static_cast<double>(asterisk->events());
}

}  // namespace

task<boost::json::object> measure_others(live* run) {
  const double plain = co_await measure_plain(run);
  live_asterisk* const asterisk = co_await run->be_asterisk(true);
  // One call of the service's own, whose last event comes after all of the others': its reader's word that the call is
  // over says that every event before it was taken.
  http_client client(run->context().get_executor(), parse_url(run->options().to.url).server);
  const ticket own = co_await run->place(client);
  run->follow(own);
  co_await run->pause(settle_time);

  const auto idle_from = cpu_of(run->options().pid);
  co_await run->pause(quiet_time);
  const auto before = cpu_of(run->options().pid);
  const steady_time started = steady_clock::now();
  const auto events_before = asterisk->events();
  const auto bytes_before = asterisk->bytes();
  const auto took = co_await play_others(run, asterisk);
  const auto of_others = static_cast<double>(asterisk->events() - events_before);
  asterisk->release();
  const bool ended = co_await run->wait_for_ends(end_patience);
  const auto all = between(before, cpu_of(run->options().pid));
  // What it spends while nothing comes is not the events'.
  const auto idle = microseconds(between(idle_from, before)) / static_cast<double>(quiet_time.count());
  const auto without_events = idle * std::chrono::duration<double>(steady_clock::now() - started).count();

  const auto own_changes = run->changes().summary();
  const auto events = static_cast<double>(asterisk->events() - events_before);
  co_return boost::json::object{
      {"events", events},
      {"of_others", of_others},
      {"all_received", ended && own_changes.at("changes").as_uint64() > 0 && own_changes.at("missed").as_uint64() == 0},
      {"bytes_per_event", static_cast<double>(asterisk->bytes() - bytes_before) / events},
      {"events_per_second", of_others / took.count()},
      {"cpu_us_per_event", (microseconds(all) - without_events) / events},
      {"with_idle_us_per_event", microseconds(all) / events},
      {"plain_us_per_event", plain},
      {"idle_us_per_second", idle},
      {"statuses", run->placed().summary()}};
}

}  // namespace c2c::bench
