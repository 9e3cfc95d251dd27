// Tells the other instances what the throttle has counted here, and counts what they tell.
#pragma once

#include <chrono>
#include <memory>

#include "auth/throttle.hpp"
#include "cluster/peers.hpp"
#include "net/asio.hpp"

namespace c2c::cluster {

// Lives on the exchange's thread, as the peers do.
class gossip {
 public:
  // How long a limit may be outrun by who goes from instance to instance.
  static constexpr std::chrono::milliseconds interval{100};

  gossip(asio::io_context& context, peers& others, std::shared_ptr<auth::throttle> counted);
  ~gossip();
  gossip(const gossip&) = delete;
  gossip& operator=(const gossip&) = delete;

  // From any thread: the throttle of a new configuration.
  void follow(std::shared_ptr<auth::throttle> counted);
  void stop();

 private:
  void tell();

  asio::io_context& context_;
  peers& others_;
  std::shared_ptr<auth::throttle> counted_;
  timer timer_;
  bool stopped_ = false;
};

}  // namespace c2c::cluster
