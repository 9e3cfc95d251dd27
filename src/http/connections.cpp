#include "http/connections.hpp"

namespace c2c::http {
namespace {

constexpr std::chrono::milliseconds sweep_interval{250};

}  // namespace

connections::connections(asio::io_context& context, std::size_t most) : timer_(context.get_executor()), most_(most) {}

void connections::add(connection& one) {
  open_.push_back(one);
  ++count_;
  if (retiring_) {
    one.retire();
  }
  if (!sweeping_ && !stopped_) {
    sweeping_ = true;
    sweep();
  }
}

void connections::remove(connection& one) noexcept {
  if (one.is_linked()) {
    one.unlink();
    --count_;
  }
}

void connections::drain() {
  retiring_ = true;
  for (auto each = open_.begin(); each != open_.end();) {
    (each++)->drain();
  }
}

void connections::retire() {
  retiring_ = true;
  for (auto each = open_.begin(); each != open_.end();) {
    (each++)->retire();
  }
}

void connections::abort() {
  for (auto each = open_.begin(); each != open_.end();) {
    (each++)->abort();
  }
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
    for (auto each = open_.begin(); each != open_.end();) {
      connection& one = *each++;
      if (one.deadline <= now) {
        one.deadline = steady_time::max();
        one.abort();
      }
    }
    sweep();
  });
}

}  // namespace c2c::http
