#include "app/pulse.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "app/systemd.hpp"

namespace c2c::app {
namespace {

constexpr std::chrono::microseconds longest_interval{1'000'000};
// A thread that has given no sign for so long hangs; none does anything that takes longer than milliseconds.
constexpr std::chrono::seconds longest_silence{5};

}  // namespace

void pulse::start(generation& who, bool somebody_else) {
  interval_ = watchdog_interval();
  if (somebody_else) {
    interval_ = interval_.count() == 0 ? longest_interval : std::min(interval_, longest_interval);
  }
  last_ = steady_clock::now();
  follow(who);
  if (interval_.count() > 0) {
    beat();
  }
}

void pulse::follow(generation& who) {
  who_ = &who;
  round_ = 0;
  exchange_ticks_ = 0;
}

void pulse::stop() {
  who_ = nullptr;
  timer_.cancel();
}

bool pulse::alive() const {
  return who_ == nullptr || steady_clock::now() - last_ < longest_silence;
}

void pulse::beat() {
  if (exchange_ticks_ >= round_ && who_->ticked(round_)) {
    notify_watchdog();
    last_ = steady_clock::now();
    ++round_;
    asio::post(exchange_.get_executor(), [this] { ++exchange_ticks_; });
    who_->tick();
  }
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code ec) {
    // An expiry that was queued before stop() comes without an error.
    if (!ec && who_ != nullptr) {
      beat();
    }
  });
}

}  // namespace c2c::app
