// The addresses of a host, without letting a slow resolver hold anybody up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/error_code.hpp>

#include "net/asio.hpp"

namespace c2c::net {

// Starts the thread that resolves this loop's names, or throws std::system_error. Asio does so at the first name; where
// the system has no thread for it then, its clean-up crashes for handlers such as Boost.MySQL's, as it asks one for its
// allocator that was moved from (1.34, detail/resolve_query_op.hpp).
void start_resolver(asio::io_context& context);

// An address written out gives itself at once. A name goes to the system's resolver, which cannot be interrupted: who
// waits for it can be woken, the look-up then ends when it ends. Belongs to its io_context's thread.
class lookup : public std::enable_shared_from_this<lookup> {
 public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;

  lookup(asio::io_context& context, std::string host, std::uint16_t port);

  void start();
  // Ends when the look-up has finished or `wake` is called. One waiter at a time.
  static task<void> wait(std::shared_ptr<lookup> self);
  void wake() { woken_.cancel(); }

  bool finished() const noexcept { return finished_; }
  const boost::system::error_code& error() const noexcept { return error_; }
  const endpoints& found() const noexcept { return found_; }

 private:
  tcp_resolver resolver_;
  timer woken_;
  std::string host_;
  std::uint16_t port_;
  bool finished_ = false;
  boost::system::error_code error_;
  endpoints found_;
};

}  // namespace c2c::net
