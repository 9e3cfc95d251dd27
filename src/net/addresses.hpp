// The addresses of a name that is connected to again and again, looked up once for all who ask.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "net/endpoint.hpp"

namespace c2c::net {

// On one thread, held by shared_ptr. getaddrinfo() blocks one thread for all and cannot be called off, so one look-up
// serves everybody for some seconds, and nobody waits for it beyond their deadline.
class addresses {
 public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;

  addresses(const executor& ex, endpoint of);

  // An address is its own, at once. When the name cannot be looked up its last addresses are given: a name server that
  // is down says nothing about the host. Errors: unavailable (no such name), timed_out.
  static task<result<endpoints>> find(std::shared_ptr<addresses> self, steady_time by);
  // The name may point elsewhere by now: who asks next has it looked up.
  void doubt();
  // Sends everyone who waits away, as if their time were up.
  void give_up() { answered_.cancel(); }

 private:
  static task<void> look_up(std::shared_ptr<addresses> self);

  endpoint of_;
  endpoints known_;
  steady_time good_until_ = steady_time::min();
  bool asking_ = false;
  std::string trouble_;  // of the last look-up
  timer answered_;       // never expires: cancelling it wakes everyone who waits
};

}  // namespace c2c::net
