// A connection of bytes to a server: TCP or a UNIX socket, TLS or not.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "net/endpoint.hpp"
#include "net/resolver.hpp"

namespace c2c::net {

// The order in which the addresses of a name are tried: as they came, the two families in turn (RFC 8305 §4). Pure.
addresses in_turn(const addresses& found);

// On its executor's thread, held by shared_ptr.
class connection : public std::enable_shared_from_this<connection> {
 public:
  explicit connection(const executor& ex, resolver& names = resolver::system());

  // Once. To whichever address of the name answers first: each is tried a moment after the one before it, or as soon as
  // that has failed (RFC 8305 §5). With `tls` the server proves to be `to.host`. Errors: unavailable, timed_out (after
  // `by`), with words for the operator.
  static task<result<void>> open(std::shared_ptr<connection> self, endpoint to, std::shared_ptr<asio::ssl::context> tls,
                                 steady_time by);
  static task<result<void>> open(std::shared_ptr<connection> self, std::string socket_path, steady_time by);

  // One read and one write at a time.
  template <class Token>
  auto async_read_some(asio::mutable_buffer into, Token&& token) {
    return tls_ ? tls_->async_read_some(into, token) : socket_.async_read_some(into, token);
  }
  template <class Token>
  auto async_write_some(asio::const_buffer from, Token&& token) {
    return tls_ ? tls_->async_write_some(from, token) : socket_.async_write_some(from, token);
  }
  // All of it.
  static task<boost::system::error_code> write(std::shared_ptr<connection> self, std::string_view bytes);

  // It closes then. The last call counts; open() makes it `by`.
  void expire_at(steady_time when);
  // Ends whatever is under way, for good.
  void close();
  bool is_open() const noexcept { return socket_.is_open() && !closed_; }
  // It has expired.
  bool late() const noexcept { return late_; }
  // "sending a request: broken pipe"; where it cannot be made at all the second half is enough. Errors: timed_out where
  // it is late, else unavailable.
  std::unexpected<failure> broken(std::string_view doing, const boost::system::error_code& ec) const;

 private:
  using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;

  task<result<void>> race(std::vector<asio::ip::tcp::endpoint> to, steady_time by);
  task<result<void>> begin_tls(std::string host, std::shared_ptr<asio::ssl::context> tls);

  resolver& names_;
  stream_socket socket_;
  std::optional<asio::ssl::stream<stream_socket&>> tls_;
  timer expiry_;
  timer step_;  // cancelled when the next step of open() can be taken
  bool closed_ = false;
  bool late_ = false;
};

}  // namespace c2c::net
