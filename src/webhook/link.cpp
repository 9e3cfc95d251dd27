#include "webhook/link.hpp"

#include <optional>
#include <tuple>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include "net/client_tls.hpp"

namespace c2c::webhook {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using parser = http::response_parser<http::string_body>;

constexpr std::size_t most_header_bytes = 8'192;
constexpr std::size_t most_body_bytes = 65'536;
constexpr std::size_t read_bytes = 8'192;
constexpr unsigned switching_protocols = 101;

void prepare(std::optional<parser>& in) {
  in.emplace();
  in->eager(true);
  in->header_limit(most_header_bytes);
  in->body_limit(most_body_bytes);
}

answer taken_from(const parser& in) {
  const auto& head = in.get();
  return {.status = head.result_int(), .retry_after = std::string(head[http::field::retry_after])};
}

}  // namespace

// Its deadline closes the socket, which ends whatever waits on it.
struct link::connection {
  explicit connection(const executor& ex) : socket(ex), deadline(ex) {}

  tcp_socket socket;
  std::optional<asio::ssl::stream<tcp_socket&>> tls;
  timer deadline;
  bool late = false;   // the deadline has passed
  bool heard = false;  // something came in answer to the request that was sent last

  static void arm(const std::shared_ptr<connection>& self, steady_time by) {
    self->deadline.expires_at(by);
    self->deadline.async_wait([self](const error_code& ec) {
      // An expiry that was under way while the deadline moved is none.
      if (!ec && self->deadline.expiry() <= steady_clock::now()) {
        self->late = true;
        self->close();
      }
    });
  }

  void close() {
    error_code ignored;
    socket.close(ignored);
    deadline.cancel();
  }

  std::unexpected<failure> broken(const char* doing, const error_code& ec) const {
    if (late) {
      return fail(errc::timed_out, std::string("no answer in time, while ") + doing);
    }
    return fail(errc::unavailable, std::string(doing) + ": " + ec.message());
  }

  static task<error_code> write(std::shared_ptr<connection> self, std::string_view bytes) {
    const auto out = asio::buffer(bytes);
    auto [ec, count] = self->tls ? co_await asio::async_write(*self->tls, out, as_result)
                                 : co_await asio::async_write(self->socket, out, as_result);
    co_return ec;
  }

  static task<std::tuple<error_code, std::size_t>> read(std::shared_ptr<connection> self, asio::mutable_buffer into) {
    if (self->tls) {
      co_return co_await self->tls->async_read_some(into, as_result);
    }
    co_return co_await self->socket.async_read_some(into, as_result);
  }
};

link::link(const executor& ex, receiver to, std::chrono::milliseconds idle)
    : executor_(ex), to_(std::move(to)), idle_(idle) {}

link::~link() = default;

void link::close() {
  closed_ = true;
  if (now_) {
    now_->close();
  }
}

task<result<answer>> link::post(std::shared_ptr<link> self, std::string request, steady_time by) {
  if (self->now_ && self->now_->socket.is_open()) {
    const auto kept = self->now_;
    connection::arm(kept, by);
    auto answer = co_await exchange(self, kept, request);
    if (answer || kept->heard || kept->late) {
      co_return answer;
    }
  }
  auto fresh = co_await connect(self, by);
  if (!fresh) {
    self->now_->close();
    co_return std::unexpected(fresh.error());
  }
  co_return co_await exchange(self, std::move(*fresh), request);
}

task<result<std::shared_ptr<link::connection>>> link::connect(std::shared_ptr<link> self, steady_time by) {
  const auto made = std::make_shared<connection>(self->executor_);
  self->now_ = made;
  const auto where = co_await net::addresses::find(self->to_.addresses, by);
  if (!where) {
    co_return std::unexpected(where.error());
  }
  if (self->closed_) {
    co_return fail(errc::unavailable, "it is not asked any more");
  }
  connection::arm(made, by);
  if (auto [ec, endpoint] = co_await asio::async_connect(made->socket, *where, as_result); ec) {
    co_return made->broken("connecting", ec);
  }
  error_code ignored;
  made->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!self->to_.tls) {
    co_return made;
  }
  made->tls.emplace(made->socket, *self->to_.tls);
  SSL* const native = made->tls->native_handle();
  if (!net::expect_host(native, self->to_.url.server.host)) {
    co_return fail(errc::unavailable, "TLS cannot ask for its name");
  }
  if (auto [ec] = co_await made->tls->async_handshake(asio::ssl::stream_base::client, as_result); ec) {
    const std::string distrust = net::why_not_trusted(native);
    if (!distrust.empty() && !made->late) {
      co_return fail(errc::unavailable, "its certificate is not accepted: " + distrust);
    }
    co_return made->broken("beginning TLS", ec);
  }
  co_return made;
}

task<result<answer>> link::exchange(std::shared_ptr<link> self, std::shared_ptr<connection> on,
                                    std::string_view request) {
  on->heard = false;
  if (const error_code ec = co_await connection::write(on, request); ec) {
    on->close();
    co_return on->broken("sending an event", ec);
  }
  std::optional<parser> in;
  prepare(in);
  boost::beast::flat_static_buffer<most_header_bytes + read_bytes> buffer;
  error_code ec;
  while (!in->is_done() && !ec) {
    const std::size_t room = buffer.max_size() - buffer.size();
    auto [failed, count] = co_await connection::read(on, buffer.prepare(room));
    buffer.commit(count);
    on->heard = on->heard || count > 0;
    ec = room == 0 ? error_code(http::error::header_limit) : failed;
    while (!ec && buffer.size() > 0) {
      buffer.consume(in->put(buffer.data(), ec));
      const bool interim = !ec && in->is_done() && in->get().result_int() / 100 == 1;
      if (!interim || in->get().result_int() == switching_protocols) {
        break;
      }
      prepare(in);  // the final answer is still to come (RFC 9110 §15.2)
    }
    ec = ec == http::error::need_more ? error_code() : ec;
  }
  const bool keep = !ec && in->keep_alive() && buffer.size() == 0;
  if (keep) {
    connection::arm(on, steady_clock::now() + self->idle_);
  } else {
    on->close();
  }
  if (in->is_header_done() && in->get().result_int() / 100 != 1) {
    co_return taken_from(*in);
  }
  if (!ec || ec.category() == error_code(http::error::need_more).category()) {
    co_return fail(errc::malformed, "its answer is no HTTP");
  }
  co_return on->broken("awaiting an answer", ec);
}

}  // namespace c2c::webhook
