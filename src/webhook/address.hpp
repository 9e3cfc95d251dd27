// Where the receiver is: its name's addresses, looked up once for all senders.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::webhook {

// On one thread, held by shared_ptr. getaddrinfo() blocks one thread for all and cannot be called off, so one look-up
// serves every sender for some seconds, and nobody waits for it beyond their deadline.
class address {
 public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;

  address(const executor& ex, std::string host, std::uint16_t port);

  // An address is its own, at once. When the name cannot be looked up its last addresses are given. Errors: unavailable
  // (no such name), timed_out.
  static task<result<endpoints>> find(std::shared_ptr<address> self, steady_time by);
  // Sends everyone who waits away, as if their time were up.
  void give_up() { answered_.cancel(); }

 private:
  static task<void> look_up(std::shared_ptr<address> self);

  std::string host_;
  std::uint16_t port_;
  endpoints known_;
  steady_time good_until_ = steady_time::min();
  bool asking_ = false;
  std::string trouble_;  // of the last look-up
  timer answered_;       // never expires: cancelling it wakes everyone who waits
};

}  // namespace c2c::webhook
