#include "http/connections.hpp"

namespace c2c::http {
namespace {

constexpr std::chrono::milliseconds sweep_interval{250};

}  // namespace

connections::connections(asio::io_context& context, std::size_t most) : timer_(context.get_executor()), most_(most) {}

void connections::add(connection& fresh) {
  working_.push_back(fresh);
  ++count_;
  if (retiring_) {
    fresh.retire();
  }
  if (!sweeping_ && !stopped_) {
    sweeping_ = true;
    sweep();
  }
}

void connections::remove(connection& ended) noexcept {
  if (ended.is_linked()) {
    ended.unlink();
    --count_;
  }
}

void connections::rest(connection& of) noexcept {
  if (of.is_linked()) {
    of.unlink();
    resting_.push_back(of);
  }
}

void connections::work(connection& of) noexcept {
  if (of.is_linked()) {
    of.unlink();
    working_.push_back(of);
  }
}

void connections::make_room() {
  if (!resting_.empty()) {
    connection& longest = resting_.front();
    remove(longest);
    longest.abort();
  }
}

void connections::drain() {
  retiring_ = true;
  for_all([](connection& of) { of.drain(); });
}

void connections::retire() {
  retiring_ = true;
  for_all([](connection& of) { of.retire(); });
}

void connections::abort() {
  for_all([](connection& of) { of.abort(); });
}

void connections::stop() {
  stopped_ = true;
  timer_.cancel();
}

void connections::sweep() {
  if (stopped_ || count_ == 0) {
    sweeping_ = false;
    return;
  }
  timer_.expires_after(sweep_interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) {
      sweeping_ = false;
      return;
    }
    const steady_time now = steady_clock::now();
    for_all([now](connection& of) {
      if (of.deadline <= now) {
        of.deadline = steady_time::max();
        of.abort();
      }
    });
    sweep();
  });
}

}  // namespace c2c::http
