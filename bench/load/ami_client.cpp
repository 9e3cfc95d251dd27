#include "ami_client.hpp"

#include <stdexcept>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "base/ascii.hpp"

namespace c2c::bench {

task<void> ami_client::log_in(asio::ip::tcp::endpoint server, std::string user, std::string secret) {
  const auto [refused] = co_await socket_.async_connect(server, as_result);
  if (refused) {
    throw std::runtime_error("cannot connect to the AMI: " + refused.message());
  }
  socket_.set_option(asio::ip::tcp::no_delay(true));
  co_await write("Action: Login\r\nActionID: login\r\nUsername: " + user + "\r\nSecret: " + secret +
                 "\r\nEvents: call\r\n\r\n");
  for (;;) {
    const asterisk::message answer = co_await next();
    if (answer.get("ActionID") == "login") {
      if (!ascii::iequals(answer.get("Response"), "Success")) {
        throw std::runtime_error("the AMI refused the log-in");
      }
      co_return;
    }
  }
}

task<asterisk::message> ami_client::next() {
  for (;;) {
    auto next = decoder_.next();
    if (!next) {
      throw std::runtime_error("this is no AMI: " + next.error().detail);
    }
    if (*next) {
      co_return **next;
    }
    const auto room = decoder_.room();
    const auto [ec, got] = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_result);
    if (ec) {
      throw std::runtime_error("the AMI session ended: " + ec.message());
    }
    decoder_.commit(got);
  }
}

task<bool> ami_client::write(std::string_view bytes) {
  const auto [ec, written] = co_await asio::async_write(socket_, asio::buffer(bytes), as_result);
  co_return !ec;
}

void ami_client::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace c2c::bench
