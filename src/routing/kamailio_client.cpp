#include "routing/kamailio_client.hpp"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include "routing/jsonrpc.hpp"

namespace c2c::routing {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t max_header_bytes = 8192;
constexpr std::size_t read_bytes = 8192;

// One request's socket with its deadline: when that passes the socket is closed, which ends whatever waits on it.
struct connection {
  explicit connection(const executor& ex) : socket(ex), deadline(ex) {}

  tcp_socket socket;
  timer deadline;
  bool late = false;

  static void arm(const std::shared_ptr<connection>& self, steady_time by) {
    self->deadline.expires_at(by);
    self->deadline.async_wait([self](const error_code& ec) {
      if (!ec) {
        self->late = true;
        error_code ignored;
        self->socket.close(ignored);
      }
    });
  }
};

// Lets go of the deadline however the look-up ends, its coroutine being destroyed included.
struct disarm {
  std::shared_ptr<connection> link;

  explicit disarm(std::shared_ptr<connection> link_) : link(std::move(link_)) {}
  disarm(const disarm&) = delete;
  disarm& operator=(const disarm&) = delete;
  ~disarm() { link->deadline.cancel(); }
};

std::unexpected<failure> broken(const connection& link, const char* doing, const error_code& ec) {
  if (link.late) {
    return fail(errc::timed_out, std::string("no reply in time, while ") + doing);
  }
  return fail(errc::unavailable, std::string(doing) + ": " + ec.message());
}

task<result<http_reply>> read_reply(std::shared_ptr<connection> link) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(max_header_bytes);
  parser.body_limit(max_reply_bytes);
  boost::beast::flat_static_buffer<max_header_bytes + read_bytes> buffer;
  while (!parser.is_done()) {
    const std::size_t room = buffer.max_size() - buffer.size();
    if (room == 0) {
      co_return fail(errc::malformed, "a reply that is no HTTP");
    }
    auto [ec, count] = co_await link->socket.async_read_some(buffer.prepare(room), as_result);
    error_code parsed;
    if (ec == asio::error::eof && parser.got_some()) {
      parser.put_eof(parsed);
    } else if (ec) {
      co_return broken(*link, parser.got_some() ? "reading the rest of a reply" : "awaiting a reply", ec);
    } else {
      buffer.commit(count);
      buffer.consume(parser.put(buffer.data(), parsed));
    }
    if (parsed && parsed != http::error::need_more) {
      co_return fail(errc::malformed, "a reply that is no HTTP: " + parsed.message());
    }
  }
  auto message = parser.release();
  co_return http_reply{.status = message.result_int(), .body = std::move(message.body())};
}

task<result<http_reply>> exchange(executor ex, std::vector<asio::ip::tcp::endpoint> to, std::string request,
                                  steady_time deadline) {
  auto link = std::make_shared<connection>(ex);
  const disarm done(link);
  connection::arm(link, deadline);
  auto [connected, endpoint] = co_await asio::async_connect(link->socket, to, as_result);
  if (connected) {
    co_return broken(*link, "connecting", connected);
  }
  auto [sent, count] = co_await asio::async_write(link->socket, asio::buffer(request), as_result);
  if (sent) {
    co_return broken(*link, "sending a request", sent);
  }
  co_return co_await read_reply(link);
}

}  // namespace

kamailio_client::kamailio_client(executor ex, kamailio_options options)
    : executor_(std::move(ex)),
      options_(std::move(options)),
      gate_(std::make_shared<net::gate>(executor_, options_.max_connections, options_.max_waiting)),
      addresses_(std::make_shared<net::addresses>(executor_, options_.url.server)) {}

task<result<http_reply>> kamailio_client::post(std::string body) {
  return run(shared_from_this(), std::move(body));
}

task<result<http_reply>> kamailio_client::run(std::shared_ptr<kamailio_client> self, std::string body) {
  const steady_time asked = steady_clock::now();
  if (self->in_quarantine(asked)) {
    co_return fail(errc::unavailable, "it let a deadline pass a moment ago and is not asked");
  }
  const steady_time deadline = asked + self->options_.deadline;
  const auto pass = co_await net::gate::enter(self->gate_, deadline);
  if (!pass) {
    co_return std::unexpected(pass.error());
  }
  auto to = co_await net::addresses::find(self->addresses_, deadline);
  if (!to) {
    self->note(std::unexpected(to.error()), asked);
    co_return std::unexpected(to.error());
  }
  const steady_time started = steady_clock::now();
  auto reply = co_await exchange(self->executor_, std::move(*to), self->request(body), deadline);
  self->note(reply, started);
  co_return reply;
}

std::string kamailio_client::request(const std::string& body) const {
  return "POST " + options_.url.target + " HTTP/1.1\r\nHost: " + options_.url.authority() +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

// A Kamailio that hangs would cost every caller the whole deadline. After one has waited in vain the others are refused
// at once, so that their fallbacks begin; when the quarantine is over one look-up goes out to see, and the rest wait
// for it.
bool kamailio_client::in_quarantine(steady_time now) {
  if (!silent_) {
    return false;
  }
  if (now < ask_after_) {
    return true;
  }
  ask_after_ = now + options_.deadline;
  return false;
}

void kamailio_client::note(const result<http_reply>& reply, steady_time started) {
  const steady_time now = steady_clock::now();
  if (options_.on_reply && (reply || reply.error().code != errc::overloaded)) {
    options_.on_reply(reply || reply.error().code == errc::malformed, now - started);
  }
  if (reply || reply.error().code == errc::malformed) {
    silent_ = false;
    last_reply_ = now;
    return;
  }
  if (reply.error().code == errc::timed_out && last_reply_ < started) {
    // Others were answered meanwhile where last_reply_ is later: then one reply was lost, and Kamailio is well.
    silent_ = true;
    ask_after_ = now + options_.quarantine;
  }
  if (reply.error().code == errc::unavailable) {
    silent_ = false;  // a refusal comes at once: nothing is gained by not asking
  }
  addresses_->doubt();
}

}  // namespace c2c::routing
