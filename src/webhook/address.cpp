#include "webhook/address.hpp"

#include <exception>
#include <utility>

#include <boost/asio/cancel_at.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>

#include "net/spawn.hpp"

namespace c2c::webhook {
namespace {

constexpr std::chrono::seconds good_for{5};

}  // namespace

address::address(const executor& ex, std::string host, std::uint16_t port)
    : host_(std::move(host)), port_(port), answered_(ex, steady_time::max()) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host_, ec);
  if (!ec) {
    known_.emplace_back(address, port_);
    good_until_ = steady_time::max();
  }
}

task<result<address::endpoints>> address::find(std::shared_ptr<address> self, steady_time by) {
  if (steady_clock::now() < self->good_until_) {
    co_return self->known_;
  }
  if (!std::exchange(self->asking_, true)) {
    asio::co_spawn(self->answered_.get_executor(), look_up(self), [self](const std::exception_ptr& thrown) {
      if (thrown) {
        net::note_unexpected("resolving the webhook's name", thrown);
      }
      self->asking_ = false;
      self->answered_.cancel();
    });
  }
  co_await self->answered_.async_wait(asio::cancel_at(by, as_result));
  if (self->asking_) {
    co_return fail(errc::timed_out, "its name is not resolved in time");
  }
  if (self->known_.empty()) {
    co_return fail(errc::unavailable, "resolving its name: " + self->trouble_);
  }
  co_return self->known_;
}

task<void> address::look_up(std::shared_ptr<address> self) {
  tcp_resolver resolver(self->answered_.get_executor());
  auto [ec, found] = co_await resolver.async_resolve(self->host_, std::to_string(self->port_), as_result);
  if (ec) {
    self->trouble_ = ec.message();  // which says nothing about the receiver, whose addresses may still be good
  } else {
    self->known_.assign(found.begin(), found.end());
    self->good_until_ = steady_clock::now() + good_for;
  }
}

}  // namespace c2c::webhook
