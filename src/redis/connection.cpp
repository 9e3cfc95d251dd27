#include "redis/connection.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/ascii.hpp"
#include "net/client_tls.hpp"

namespace c2c::redis {
namespace {

using boost::system::error_code;

std::string said(const error_code& ec) {
  return ec ? ascii::to_lower(ec.message()) : std::string();
}

task<std::string> begin_tls(std::shared_ptr<connection> self, std::string host,
                            std::shared_ptr<asio::ssl::context> tls) {
  self->tls.emplace(self->socket, *tls);
  SSL* const native = self->tls->native_handle();
  if (!net::expect_host(native, host)) {
    co_return "TLS cannot ask for its name";
  }
  const auto [ec] = co_await self->tls->async_handshake(asio::ssl::stream_base::client, as_result);
  if (!ec) {
    co_return std::string();
  }
  const std::string distrust = net::why_not_trusted(native);
  co_return distrust.empty() ? said(ec) : "its certificate is not accepted: " + distrust;
}

}  // namespace

task<std::string> connection::to_host(std::shared_ptr<connection> self, std::string host, std::uint16_t port,
                                      std::shared_ptr<asio::ssl::context> tls) {
  self->name = std::make_shared<net::lookup>(self->context, host, port);
  self->name->start();
  co_await net::lookup::wait(self->name);
  if (!self->name->finished()) {
    co_return "its name is not found in time";
  }
  error_code last = self->name->error();
  for (const auto& each : self->name->found()) {
    if (self->closed) {
      break;
    }
    error_code ignored;
    self->socket.close(ignored);
    const auto [ec] = co_await self->socket.async_connect(asio::generic::stream_protocol::endpoint(each), as_result);
    last = ec;
    if (!ec) {
      break;
    }
  }
  if (last || !tls) {
    co_return said(last);
  }
  co_return co_await begin_tls(std::move(self), std::move(host), std::move(tls));
}

task<std::string> connection::to_path(std::shared_ptr<connection> self, std::string path) {
  const asio::generic::stream_protocol::endpoint there{asio::local::stream_protocol::endpoint(path)};
  const auto [ec] = co_await self->socket.async_connect(there, as_result);
  co_return said(ec);
}

task<std::tuple<error_code, std::size_t>> connection::read() {
  const auto self = shared_from_this();
  const auto into = asio::buffer(in);
  co_return tls ? co_await tls->async_read_some(into, as_result) : co_await socket.async_read_some(into, as_result);
}

void connection::close() {
  closed = true;
  error_code ignored;
  socket.close(ignored);
  if (name) {
    name->wake();
  }
}

}  // namespace c2c::redis
