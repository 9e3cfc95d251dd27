#include "http/connections.hpp"

#include <algorithm>
#include <cstring>

namespace c2c::http {
namespace {

constexpr std::chrono::milliseconds sweep_interval{250};

}  // namespace

sharer sharer_of(const asio::ip::address& peer) noexcept {
  constexpr std::size_t site_bytes = 6;
  constexpr sharer of_ipv4 = sharer{1} << 62U;
  constexpr sharer of_ipv6 = sharer{2} << 62U;
  if (peer.is_v4()) {
    return of_ipv4 | peer.to_v4().to_uint();
  }
  const auto bytes = peer.to_v6().to_bytes();
  sharer site = 0;
  std::memcpy(&site, bytes.data(), site_bytes);
  return of_ipv6 | site;
}

connections::connections(asio::io_context& context, std::size_t most) : timer_(context.get_executor()), most_(most) {}

void connections::add(connection& fresh) {
  working_.push_back(fresh);
  ++count_;
  if (fresh.owner != 0 && ++counts_[fresh.owner] > count_of(greediest_)) {
    greediest_ = fresh.owner;
  }
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
    if (const auto found = counts_.find(ended.owner); found != counts_.end() && --found->second == 0) {
      counts_.erase(found);
    }
  }
}

std::size_t connections::count_of(sharer owner) const {
  const auto found = counts_.find(owner);
  return found == counts_.end() ? 0 : found->second;
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
    end(resting_.front());
  }
}

void connections::make_room_for(sharer newcomer) {
  if (count_of(greediest_) <= count_of(newcomer) + 1) {
    return;
  }
  const auto longest =
      std::ranges::find_if(resting_, [this](const connection& waiting) { return waiting.owner == greediest_; });
  if (longest != resting_.end()) {
    end(*longest);
  }
}

void connections::end(connection& waiting) {
  remove(waiting);
  waiting.abort();
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
