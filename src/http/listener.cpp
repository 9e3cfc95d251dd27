#include "http/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/detail/socket_option.hpp>

#include "ops/log.hpp"

namespace c2c::http {
namespace {

// How long to wait when the process has no descriptor left for a new connection.
constexpr std::chrono::milliseconds accept_pause{100};

constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 32\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n{\"error\":\"too many connections\"}";

}  // namespace

result<tcp_acceptor> listen(asio::io_context& context, const asio::ip::tcp::endpoint& where) {
  using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  tcp_acceptor acceptor(context.get_executor());
  boost::system::error_code ec;
  acceptor.open(where.protocol(), ec);
  if (!ec) {
    acceptor.set_option(tcp_acceptor::reuse_address(true), ec);
  }
  if (!ec) {
    acceptor.set_option(reuse_port(true), ec);
  }
  if (!ec) {
    acceptor.bind(where, ec);
  }
  if (!ec) {
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
  }
  if (ec) {
    return fail(errc::unavailable, "cannot listen on " + where.address().to_string() + ":" +
                                       std::to_string(where.port()) + ": " + ec.message());
  }
  return acceptor;
}

listener::listener(asio::io_context& context, tcp_acceptor acceptor, std::shared_ptr<asio::ssl::context> tls,
                   const router& routes, const cors& origins, session_options options, std::size_t max_connections)
    : context_(context),
      acceptor_(std::move(acceptor)),
      tls_(std::move(tls)),
      options_(options),
      open_(context, max_connections),
      room_{routes, origins, options_, open_, dates_} {}

void listener::start() {
  asio::co_spawn(context_.get_executor(), accept_loop(), asio::detached);
}

void listener::drain() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  open_.drain();
}

void listener::abort() {
  open_.abort();
  open_.stop();
}

task<void> listener::accept_loop() {
  timer pause(context_.get_executor());
  while (acceptor_.is_open()) {
    auto [ec, socket] = co_await acceptor_.async_accept(as_result);
    if (!acceptor_.is_open()) {
      break;
    }
    if (ec) {
      if (ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space || ec == asio::error::no_memory) {
        ops::log_warn("cannot accept a connection: {}; trying again", ec.message());
        pause.expires_after(accept_pause);
        co_await pause.async_wait(as_result);
      }
      continue;
    }
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    if (open_.full()) {
      if (!tls_) {
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(full_answer), ignored);
      }
      continue;
    }
    if (tls_) {
      asio::co_spawn(context_.get_executor(), serve_tls(std::move(socket), tls_.get(), &room_), asio::detached);
    } else {
      asio::co_spawn(context_.get_executor(), serve(std::move(socket), &room_), asio::detached);
    }
  }
}

}  // namespace c2c::http
