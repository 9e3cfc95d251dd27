// One TCP or TLS connection and the thread-bound things that it needs: what http and subscription talk over.
#pragma once

#include <exception>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <unistd.h>

#include "client/trouble.hpp"
#include "client/url.hpp"
#include "net/asio.hpp"

namespace c2c::client {

using plain_stream = boost::beast::basic_stream<asio::ip::tcp, executor>;
using tls_stream = asio::ssl::stream<plain_stream>;
using watched_descriptor = asio::posix::basic_stream_descriptor<executor>;

inline constexpr std::uint32_t most_header_bytes = 16 * 1024;
inline constexpr std::uint64_t most_body_bytes = 64 * 1024ULL;

struct link {
  asio::io_context io{1};
  asio::ssl::context context{asio::ssl::context::tls_client};
  std::unique_ptr<plain_stream> plain;  // one of the two is there
  std::unique_ptr<tls_stream> tls;
  boost::beast::flat_buffer buffer{most_header_bytes + most_body_bytes};
};

// Looks the name up, connects and, for https, shakes hands, all within `options.connect` and until `options.wake`. A
// look-up that takes longer goes on in a thread of its own and is forgotten.
std::expected<std::unique_ptr<link>, trouble> open_link(const url& where, const connection_options& options);

// What an error while a request is sent or its answer read means.
trouble exchange_trouble(boost::system::error_code error);

// A Retry-After that is a number of seconds (RFC 9110, section 10.2.3).
std::optional<std::chrono::seconds> to_seconds(std::string_view text);

// Runs `work` on this thread to its end; or until `wake` can be read and `leave` says so, which is asked once: then
// there is nothing, and the link is only good to be thrown away.
template <class T, class Leave>
std::optional<T> run(asio::io_context& io, int wake, task<T> work, Leave leave) {
  std::optional<T> out;
  std::optional<watched_descriptor> watched;
  if (wake >= 0) {
    watched.emplace(io, ::dup(wake));
    watched->async_wait(watched_descriptor::wait_read, [&](boost::system::error_code error) {
      if (!error && !out && leave()) {
        io.stop();
      }
    });
  }
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& error, T value) {
    if (error) {
      std::rethrow_exception(error);
    }
    out = std::move(value);
    watched.reset();
  });
  io.restart();
  io.run();
  return out;
}

}  // namespace c2c::client
