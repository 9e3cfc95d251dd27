#include <algorithm>
#include <stdexcept>

#include "live.hpp"
#include "process_figures.hpp"

namespace c2c::bench {
namespace {

constexpr std::chrono::seconds open_patience{20};
constexpr std::chrono::milliseconds settle_time{1'000};
constexpr std::chrono::milliseconds poll{20};
constexpr std::size_t warm_up_streams = 8;

// Opens so many streams, spread over the calls, from the reader number `first` on.
task<std::size_t> open(live* run, const std::vector<ticket>* calls, std::size_t streams) {
  const std::size_t first = run->readers().size();
  for (std::size_t i = 0; i < streams; ++i) {
    run->follow((*calls)[i % calls->size()]);
  }
  const steady_time deadline = steady_clock::now() + open_patience;
  const auto answered = [&] {
    return std::all_of(run->readers().begin() + static_cast<std::ptrdiff_t>(first), run->readers().end(),
                       [](const auto& each) { return each->status() == 200; });
  };
  while (!answered()) {
    if (steady_clock::now() >= deadline) {
      throw std::runtime_error("not every stream was opened");
    }
    co_await run->pause(poll);
  }
  co_await run->pause(settle_time);
  co_return first;
}

task<void> close_from(live* run, std::size_t first) {
  for (std::size_t i = first; i < run->readers().size(); ++i) {
    run->readers()[i]->close();
  }
  co_await run->pause(settle_time);
}

}  // namespace

task<boost::json::object> measure_streams(live* run, std::chrono::seconds idle) {
  co_await run->be_asterisk(true);
  const live_options& options = run->options();
  http_client client(run->context().get_executor(), parse_url(options.to.url).server);
  std::vector<ticket> calls;
  while (calls.size() < options.calls) {
    calls.push_back(co_await run->place(client));
    if (calls.back().iden.empty()) {
      throw std::runtime_error("a call was not placed");
    }
  }
  // What the first ones of their kind want once and for all.
  co_await close_from(run, co_await open(run, &calls, warm_up_streams));

  const auto before = rss_bytes(options.pid);
  const std::size_t first = co_await open(run, &calls, options.streams);
  const auto opened = rss_bytes(options.pid);
  auto most = opened;
  for (const steady_time until = steady_clock::now() + idle; steady_clock::now() < until;) {
    co_await run->pause(settle_time);
    most = std::max(most, rss_bytes(options.pid));
  }
  unsigned heartbeats = run->readers()[first]->heartbeats();
  std::size_t still_open = 0;
  for (std::size_t i = first; i < run->readers().size(); ++i) {
    heartbeats = std::min(heartbeats, run->readers()[i]->heartbeats());
    still_open += run->readers()[i]->ended() ? 0 : 1;
  }
  co_await close_from(run, first);
  const auto closed = rss_bytes(options.pid);
  co_await close_from(run, co_await open(run, &calls, options.streams));
  const auto again = rss_bytes(options.pid);

  const auto each = [&](std::uint64_t rss) {
    return (static_cast<double>(rss) - static_cast<double>(before)) / static_cast<double>(options.streams);
  };
  co_return boost::json::object{{"streams", options.streams},
                                {"calls", calls.size()},
                                {"still_open", still_open},
                                {"fewest_heartbeats", heartbeats},
                                {"before_bytes", before},
                                {"bytes_each", each(most)},
                                {"bytes_each_as_opened", each(opened)},
                                {"left_bytes_each", each(closed)},
                                {"left_bytes_each_after_again", each(again)}};
}

}  // namespace c2c::bench
