#include "cluster/gossip.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>

#include "log/log.hpp"

namespace c2c::cluster {

gossip::gossip(asio::io_context& context, peers& others, std::shared_ptr<auth::throttle> counted)
    : context_(context), others_(others), counted_(std::move(counted)), timer_(context.get_executor()) {
  others_.handle_reports([this](std::string_view report) {
    if (const auto done = counted_->count(report, steady_clock::now()); !done) {
      log::debug("what another instance has counted is not understood: {}", done.error().detail);
    }
  });
  tell();
}

gossip::~gossip() = default;

void gossip::follow(std::shared_ptr<auth::throttle> counted) {
  asio::post(context_, [this, counted = std::move(counted)]() mutable { counted_ = std::move(counted); });
}

void gossip::stop() {
  stopped_ = true;
  timer_.cancel();
}

void gossip::tell() {
  if (const std::string report = counted_->report(); !report.empty()) {
    others_.report(report);
  }
  timer_.expires_after(interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec && !stopped_) {
      tell();
    }
  });
}

}  // namespace c2c::cluster
