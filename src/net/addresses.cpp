#include "net/addresses.hpp"

#include <exception>
#include <utility>

#include <boost/asio/cancel_at.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>

#include "net/spawn.hpp"

namespace c2c::net {
namespace {

constexpr std::chrono::seconds good_for{5};

}  // namespace

addresses::addresses(const executor& ex, endpoint of) : of_(std::move(of)), answered_(ex, steady_time::max()) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(of_.host, ec);
  if (!ec) {
    known_.emplace_back(address, of_.port);
    good_until_ = steady_time::max();
  }
}

task<result<addresses::endpoints>> addresses::find(std::shared_ptr<addresses> self, steady_time by) {
  if (steady_clock::now() < self->good_until_) {
    co_return self->known_;
  }
  if (!std::exchange(self->asking_, true)) {
    asio::co_spawn(self->answered_.get_executor(), look_up(self), [self](const std::exception_ptr& thrown) {
      if (thrown) {
        note_unexpected("resolving a name", thrown);
      }
      self->asking_ = false;
      self->answered_.cancel();
    });
  }
  co_await self->answered_.async_wait(asio::cancel_at(by, as_result));
  if (self->asking_) {
    co_return fail(errc::timed_out, "resolving " + self->of_.host + " takes too long");
  }
  if (self->known_.empty()) {
    co_return fail(errc::unavailable, "resolving " + self->of_.host + ": " + self->trouble_);
  }
  co_return self->known_;
}

void addresses::doubt() {
  if (good_until_ != steady_time::max()) {
    good_until_ = steady_time::min();
  }
}

task<void> addresses::look_up(std::shared_ptr<addresses> self) {
  tcp_resolver resolver(self->answered_.get_executor());
  auto [ec, found] = co_await resolver.async_resolve(self->of_.host, std::to_string(self->of_.port), as_result);
  if (ec) {
    self->trouble_ = ec.message();
  } else {
    self->known_.assign(found.begin(), found.end());
    self->good_until_ = steady_clock::now() + good_for;
  }
}

}  // namespace c2c::net
