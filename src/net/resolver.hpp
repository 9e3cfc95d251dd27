// The addresses of a name, without letting a slow name server hold anybody up.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::net {

using addresses = std::vector<asio::ip::address>;

// getaddrinfo() blocks its thread and cannot be called off. It runs on threads of the resolver's own, as many at once
// as names are looked up and `most_threads` at most, and the end of the process waits for none of them. One look-up of
// a name serves everybody who asks, and is good for `good_for`. Where a name cannot be looked up its last addresses are
// given: a name server that is down says nothing about the host. Used from any thread.
class resolver {
 public:
  static constexpr std::size_t most_threads = 16;
  static constexpr std::size_t most_names = 256;  // remembered
  static constexpr std::chrono::seconds good_for{5};

  // Blocks until it knows. Errors: unavailable.
  using look_up = std::function<result<addresses>(const std::string& host)>;

  explicit resolver(look_up blocking);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  // The process's own, which asks the system.
  static resolver& system();

  // An address written out, or what was found a moment ago; nothing where the name has to be looked up.
  std::optional<addresses> known(const std::string& host);

  // Who asks. Belongs to the thread of its executor, as does the call of `done`; once the inquiry is destroyed nobody
  // is called any more.
  class inquiry;
  using answered = std::function<void(result<addresses>)>;
  // `done` is called once, never from within this call. Errors: unavailable (no such name, no thread).
  std::shared_ptr<inquiry> ask(const std::string& host, const executor& ex, answered done);

  // The name may point elsewhere by now: who asks next has it looked up.
  void doubt(const std::string& host);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

// known() or ask(), waiting until `end` expires or is cancelled. Errors: unavailable, timed_out.
task<result<addresses>> find_addresses(resolver* with, std::string host, timer* end);

}  // namespace c2c::net
