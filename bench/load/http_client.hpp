// One keep-alive connection that POSTs JSON. As little as a measuring client can be: it reads Content-Length bodies
// only.
#pragma once

#include <string>
#include <string_view>

#include "net/asio.hpp"

namespace c2c::bench {

class http_client {
 public:
  struct reply {
    unsigned status = 0;    // 0: the connection failed
    std::string_view body;  // valid until the next post
  };

  http_client(executor where, asio::ip::tcp::endpoint server);

  // Connects first where there is no connection.
  task<reply> post(std::string_view path, std::string_view body);
  task<bool> connect();

  // How often a connection was opened.
  unsigned connects() const noexcept { return connects_; }

 private:
  task<reply> exchange();

  tcp_socket socket_;
  asio::ip::tcp::endpoint server_;
  std::string host_;
  std::string out_;
  std::string in_;
  unsigned connects_ = 0;
};

struct url {
  asio::ip::tcp::endpoint server;
  std::string path;
};

// `http://<address>[:port][/path]`; the address is a number. Throws std::runtime_error for anything else.
url parse_url(std::string_view text);

}  // namespace c2c::bench
