#include "app/backend_watch.hpp"

#include <cstddef>

#include "log/log.hpp"

namespace c2c::app {
namespace {

constexpr std::chrono::seconds look_interval{1};
// Where one fails and answers by turns.
constexpr std::chrono::seconds shortest_news{15};

}  // namespace

backend_watch::backend_watch(asio::io_context& control, const metrics::registry& counted)
    : counted_(counted), timer_(control.get_executor()) {}

void backend_watch::stop() {
  stopped_ = true;
  timer_.cancel();
}

void backend_watch::look() {
  const steady_time now = steady_clock::now();
  for (std::size_t i = 0; i < told_.size(); ++i) {
    const auto which = static_cast<metrics::backend>(i);
    told& last = told_[i];
    const bool fails = counted_.state_of(which, metrics::failure_memory, now) == metrics::health::fails;
    if (fails == last.fails || (last.since != steady_time{} && now - last.since < shortest_news)) {
      continue;
    }
    if (fails) {
      log::warn("{} fails: the lines of the calls say why", to_string(which));
    } else {
      log::info("{} answers again, after {} s", to_string(which),
                std::chrono::duration_cast<std::chrono::seconds>(now - last.since).count());
    }
    last = {.fails = fails, .since = now};
  }
  timer_.expires_after(look_interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec && !stopped_) {
      look();
    }
  });
}

}  // namespace c2c::app
