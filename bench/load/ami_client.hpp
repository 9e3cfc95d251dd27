// The client's side of an AMI session, as plain as can be.
#pragma once

#include <string>

#include "asterisk/decoder.hpp"
#include "asterisk/message.hpp"
#include "net/asio.hpp"

namespace c2c::bench {

class ami_client {
 public:
  explicit ami_client(asio::io_context& context) : socket_(context.get_executor()) {}

  // Asks for the events of calls. Throws std::runtime_error when there is no log-in.
  task<void> log_in(asio::ip::tcp::endpoint server, std::string user, std::string secret);
  // The next message, valid until the one after it. Throws std::runtime_error when the session has ended.
  task<asterisk::message> next();
  // Writes actions; false when the session has ended.
  task<bool> write(std::string_view bytes);
  void close();

 private:
  tcp_socket socket_;
  asterisk::decoder decoder_;
};

}  // namespace c2c::bench
