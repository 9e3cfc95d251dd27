#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "fakes.hpp"

namespace c2c::bench {
namespace {

// As a Kamailio 5.6.3 with pretty_format writes it (modules/jsonrpcs).
std::string found(const std::string& value) {
  const std::string body =
      "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"result\":\t{\n\t\t\"item\":\t{\n\t\t\t\"name\":\t\"1\",\n\t\t\t\"value\":\t\"" +
      value + "\",\n\t\t\t\"flags\":\t1\n\t\t}\n\t},\n\t\"id\":\t1\n}";
  return "HTTP/1.1 200 OK\r\nServer: kamailio\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

task<void> answer_one(tcp_socket socket, std::shared_ptr<const std::string> reply) {
  std::array<char, 4096> in{};
  std::size_t have = 0;
  // A request of ours fits into one buffer and ends in the brace that closes its JSON.
  while (have == 0 || (have < in.size() && in[have - 1] != '}')) {
    const auto [ec, got] = co_await socket.async_read_some(asio::buffer(in.data() + have, in.size() - have), as_result);
    if (ec) {
      co_return;
    }
    have += got;
  }
  co_await asio::async_write(socket, asio::buffer(*reply), as_result);
  boost::system::error_code ignored;
  socket.shutdown(tcp_socket::shutdown_both, ignored);
}

}  // namespace

task<void> serve_kamailio(tcp_acceptor acceptor, std::string value) {
  const auto reply = std::make_shared<const std::string>(found(value));
  for (;;) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec) {
      co_return;
    }
    asio::co_spawn(acceptor.get_executor(), answer_one(std::move(socket), reply), asio::detached);
  }
}

}  // namespace c2c::bench
