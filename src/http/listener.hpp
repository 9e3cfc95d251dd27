// Accepts the connections of one worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ssl/context.hpp>

#include "base/errc.hpp"
#include "http/session.hpp"

namespace c2c::http {

// The address to listen on that a host stands for, the first one. Blocks while a name is looked up: for the start.
// Errors: unavailable, naming the `key` of the configuration.
result<asio::ip::tcp::endpoint> resolve(std::string_view key, const std::string& host, std::uint16_t port);

// What listening there would meet: alone, or beside this account's other sockets that share the port.
enum class sharing : std::uint8_t { none, of_port };
boost::system::error_code try_address(const asio::ip::tcp::endpoint& where, sharing how);
// A sentence, with what to do.
std::string why_not(const asio::ip::tcp::endpoint& where, const boost::system::error_code& ec);

// Waits, five seconds at most, until no other program listens there: one that is about to end may still do. The kernel
// would let two processes of one account share a port, and spread the clients over both. For the start: it blocks.
// Errors: unavailable, naming the `key` of the configuration.
result<void> await_address(std::string_view key, const asio::ip::tcp::endpoint& where);

// A bound and listening socket that shares its address with the other workers' (SO_REUSEPORT): the kernel spreads the
// connections. Errors: unavailable, saying why.
result<tcp_acceptor> listen(asio::io_context& context, const asio::ip::tcp::endpoint& where);

// The same socket as the descriptor `from` is, which another listener has: whoever waits in its queue is accepted by
// either. Errors: unavailable, saying why.
result<tcp_acceptor> share(asio::io_context& context, int from);

// One for each worker, used on that worker's thread; outlives its sessions.
class listener {
 public:
  listener(asio::io_context& context, tcp_acceptor acceptor, std::shared_ptr<asio::ssl::context> tls,
           const router& routes, const cors& origins, session_options options, std::size_t max_connections);

  void start();
  // Goes on accepting, but each connection has one more answer only.
  void begin_to_end() { open_.retire(); }
  // Whoever is in the queue is still served; then no new connection is taken, the idle ones end, and the others after
  // their request.
  void drain();
  // Leaves the socket to those who share it. Each connection has one more answer.
  void retire();
  // Of the socket, for `share`; from any thread, until `drain` or `retire`.
  int descriptor() { return acceptor_.native_handle(); }
  bool drained() const noexcept { return open_.empty(); }
  // Ends what is left.
  void abort();

 private:
  task<void> accept_loop();
  void take(tcp_socket socket);
  void leave();

  asio::io_context& context_;
  tcp_acceptor acceptor_;
  std::shared_ptr<asio::ssl::context> tls_;
  session_options options_;
  connections open_;
  date_cache dates_;
  session_room room_;
};

}  // namespace c2c::http
