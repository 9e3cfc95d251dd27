#include "http/listener.hpp"

#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/detail/socket_option.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/log.hpp"
#include "net/endpoint.hpp"
#include "net/spawn.hpp"

namespace c2c::http {
namespace {

// How long to wait after an accept that failed: no descriptor is left in the process or in the system, no memory, or
// something that nobody has thought of and that may well fail again at once.
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::seconds warn_interval{10};
// Longer than a program that ends goes on listening; and systemd, which gives up at the fifth start in ten seconds,
// goes on starting one that takes so long to fail.
constexpr std::chrono::seconds address_patience{5};
constexpr std::chrono::milliseconds address_poll{50};

constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 32\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n{\"error\":\"too many connections\"}";

boost::system::error_code bind_to(tcp_acceptor& acceptor, const asio::ip::tcp::endpoint& where, sharing how) {
  using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  boost::system::error_code ec;
  acceptor.open(where.protocol(), ec);
  if (!ec) {
    acceptor.set_option(tcp_acceptor::reuse_address(true), ec);
  }
  if (!ec) {
    acceptor.set_option(reuse_port(how == sharing::of_port), ec);
  }
  if (!ec) {
    acceptor.bind(where, ec);
  }
  return ec;
}

std::string_view remedy(const boost::system::error_code& ec) {
  if (ec == asio::error::address_in_use) {
    return "; another program listens there: `ss -ltnp` names it";
  }
  if (ec == boost::system::errc::address_not_available) {
    return "; this machine has no such address: name one of its own, or 0.0.0.0 for all";
  }
  if (ec == asio::error::access_denied) {
    return "; ports below 1024 need CAP_NET_BIND_SERVICE: choose a higher one, or see docs/operations.md";
  }
  return "";
}

}  // namespace

std::string why_not(const asio::ip::tcp::endpoint& where, const boost::system::error_code& ec) {
  const net::endpoint address{.host = where.address().to_string(), .port = where.port()};
  return "cannot listen on " + address.written() + ": " + ec.message() + std::string(remedy(ec));
}

result<asio::ip::tcp::endpoint> resolve(std::string_view key, const std::string& host, std::uint16_t port) {
  asio::io_context context{1};
  asio::ip::tcp::resolver resolver(context);
  boost::system::error_code ec;
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::tcp::resolver::passive, ec);
  if (ec || found.empty()) {
    return fail(errc::unavailable, std::string(key) + ": cannot resolve " + host + ": " + ec.message());
  }
  return found.begin()->endpoint();
}

boost::system::error_code try_address(const asio::ip::tcp::endpoint& where, sharing how) {
  asio::io_context context{1};
  tcp_acceptor acceptor(context.get_executor());
  return bind_to(acceptor, where, how);
}

result<void> await_address(std::string_view key, const asio::ip::tcp::endpoint& where) {
  const steady_time deadline = steady_clock::now() + address_patience;
  bool told = false;
  for (auto ec = try_address(where, sharing::none); ec == asio::error::address_in_use;
       ec = try_address(where, sharing::none)) {
    if (steady_clock::now() >= deadline) {
      return fail(errc::unavailable, std::string(key) + ": " + why_not(where, ec));
    }
    if (!std::exchange(told, true)) {
      log::warn("{}: another program listens there; waiting {} s for its end", key, address_patience.count());
    }
    std::this_thread::sleep_for(address_poll);
  }
  return {};
}

result<tcp_acceptor> listen(asio::io_context& context, const asio::ip::tcp::endpoint& where) {
  tcp_acceptor acceptor(context.get_executor());
  boost::system::error_code ec = bind_to(acceptor, where, sharing::of_port);
  if (!ec) {
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
  }
  if (ec) {
    return fail(errc::unavailable, why_not(where, ec));
  }
  return acceptor;
}

result<tcp_acceptor> share(asio::io_context& context, int from) {
  const int mine = ::fcntl(from, F_DUPFD_CLOEXEC, 0);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (mine < 0 || ::getsockname(mine, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    const int error = errno;
    if (mine >= 0) {
      ::close(mine);
    }
    return fail(errc::unavailable, "cannot share a socket: " + std::generic_category().message(error));
  }
  tcp_acceptor acceptor(context.get_executor());
  boost::system::error_code ec;
  acceptor.assign(bound.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), mine, ec);
  if (ec) {
    ::close(mine);
    return fail(errc::unavailable, "cannot share a socket: " + ec.message());
  }
  return acceptor;
}

listener::listener(asio::io_context& context, tcp_acceptor acceptor, std::shared_ptr<asio::ssl::context> tls,
                   const router& routes, const cors& origins, session_options options, std::size_t max_connections)
    : context_(context),
      acceptor_(std::move(acceptor)),
      tls_(std::move(tls)),
      options_(std::move(options)),
      open_(context, max_connections),
      room_{routes, origins, options_, open_, dates_} {}

void listener::start() {
  net::spawn_lasting(context_.get_executor(), "accepting connections", [this] { return accept_loop(); });
}

void listener::drain() {
  boost::system::error_code ec;
  if (acceptor_.is_open()) {
    acceptor_.non_blocking(true, ec);
  }
  while (acceptor_.is_open() && !ec) {
    tcp_socket waiting(context_.get_executor());
    acceptor_.accept(waiting, ec);
    if (!ec) {
      take(std::move(waiting));
    }
  }
  leave();
  open_.drain();
}

void listener::retire() {
  leave();
  open_.retire();
}

// Not by close(): that leaves it to the kernel to forget the socket, which lives on where it is shared.
void listener::leave() {
  if (!acceptor_.is_open()) {
    return;
  }
  boost::system::error_code ec;
  const int mine = acceptor_.release(ec);
  if (!ec) {
    ::close(mine);
  }
}

void listener::abort() {
  open_.abort();
  open_.stop();
}

task<void> listener::accept_loop() {
  timer pause(context_.get_executor());
  steady_time next_warning{};
  while (acceptor_.is_open()) {
    auto [ec, socket] = co_await acceptor_.async_accept(as_result);
    if (!ec) {
      take(std::move(socket));
    } else if (acceptor_.is_open() && ec != asio::error::connection_aborted) {
      if (const steady_time now = steady_clock::now(); now >= next_warning) {
        next_warning = now + warn_interval;
        log::warn("cannot accept a connection: {}; trying again", ec.message());
      }
      pause.expires_after(accept_pause);
      co_await pause.async_wait(as_result);
    }
  }
}

void listener::take(tcp_socket socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = plain(socket.remote_endpoint(ignored).address());
  const bool trusted = options_.trusted.trusts(peer);
  if (open_.full() && options_.make_room) {
    open_.make_room();
  } else if (open_.full()) {
    open_.make_room_for(trusted ? 0 : sharer_of(peer));
  }
  const bool too_often = tls_ && !trusted && options_.admit_handshake && options_.admit_handshake(peer).count() > 0;
  if (auto* const figures = room_.routes.figures(); figures != nullptr) {
    (open_.full() || too_often ? figures->refused : figures->accepted).add();
  }
  if (open_.full() || too_often) {
    if (!tls_) {
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(full_answer), ignored);
    }
  } else if (tls_) {
    net::spawn(context_.get_executor(), "a connection", serve_tls(std::move(socket), tls_.get(), &room_));
  } else {
    net::spawn(context_.get_executor(), "a connection", serve(std::move(socket), &room_));
  }
}

}  // namespace c2c::http
