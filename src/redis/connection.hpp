// A connection of bytes to a Redis or a Sentinel: TCP or a UNIX socket, TLS or not.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/asio.hpp"
#include "net/lookup.hpp"

namespace c2c::redis {

// Belongs to its io_context's thread. Has no deadline of its own: whoever waits for it closes it.
struct connection : std::enable_shared_from_this<connection> {
  using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;

  explicit connection(asio::io_context& on) : context(on), socket(on.get_executor()) {}

  // Why there is no connection, in words for the operator; empty where there is one. `tls` may be null.
  static task<std::string> to_host(std::shared_ptr<connection> self, std::string host, std::uint16_t port,
                                   std::shared_ptr<asio::ssl::context> tls);
  static task<std::string> to_path(std::shared_ptr<connection> self, std::string path);

  // At most `in` bytes, and how many.
  task<std::tuple<boost::system::error_code, std::size_t>> read();
  // Ends whatever is under way.
  void close();

  asio::io_context& context;
  stream_socket socket;
  std::optional<asio::ssl::stream<stream_socket&>> tls;
  std::shared_ptr<net::lookup> name;
  std::array<char, 4'096> in{};
  bool closed = false;
};

}  // namespace c2c::redis
