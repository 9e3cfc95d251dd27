#include "http/session.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/ascii.hpp"
#include "http/event_stream.hpp"

namespace c2c::http {
namespace {

// Answers to pipelined requests are gathered up to here before they are written.
constexpr std::size_t gather_bytes = 32'768;
// How much a refused peer may still send, and for how long, while it is being told why (RFC 9112 §9.6). Many clients
// read nothing before they have sent all of it.
constexpr std::size_t linger_bytes = 16'777'216;
constexpr std::size_t linger_read_bytes = 16'384;
constexpr std::chrono::seconds linger_timeout{5};
constexpr std::chrono::seconds farewell_timeout{1};
constexpr std::size_t read_bytes = 2'048;
constexpr std::size_t stream_read_bytes = 64;
// A reader of a stream has nothing to say; who talks on is not one.
constexpr std::size_t most_stray_bytes = 4'096;

using tls_stream = asio::ssl::stream<tcp_socket>;

tcp_socket& lowest(tcp_socket& stream) {
  return stream;
}
tcp_socket& lowest(tls_stream& stream) {
  return stream.next_layer();
}

// Counts a stream for as long as it is open.
class open_stream {
 public:
  explicit open_stream(metrics::http_metrics* where) : where_(where) {
    if (where_ != nullptr) {
      where_->streams.add(1);
    }
  }
  ~open_stream() {
    if (where_ != nullptr) {
      where_->streams.add(-1);
    }
  }
  open_stream(const open_stream&) = delete;
  open_stream& operator=(const open_stream&) = delete;

 private:
  metrics::http_metrics* where_;
};

template <class Stream>
class session final : public connection, public std::enable_shared_from_this<session<Stream>> {
 public:
  session(Stream stream, session_room& room) : stream_(std::move(stream)), room_(room), reader_(room.options.limits) {
    boost::system::error_code ignored;
    peer_ = plain(lowest(stream_).remote_endpoint(ignored).address());
    owner = room_.options.trusted.trusts(peer_) ? 0 : sharer_of(peer_);
    room_.open.add(*this);
    if (figures_ != nullptr) {
      figures_->open.add(1);
    }
  }
  ~session() override {
    room_.open.remove(*this);
    if (figures_ != nullptr) {
      figures_->open.add(-1);
    }
  }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  void abort() override {
    boost::system::error_code ignored;
    lowest(stream_).close(ignored);
  }

  void drain() override {
    last_ = true;
    if (idle_) {
      abort();
    } else if (wake_) {
      wake_->cancel();
    }
  }

  void retire() override {
    retiring_ = true;
    if (wake_) {
      wake_->cancel();
    }
  }

  task<void> run() {
    if (!co_await handshake()) {
      co_return;
    }
    for (;;) {
      reader_.start();
      began_ = steady_clock::now();
      room_.open.rest(*this);
      if (!co_await read_request()) {
        break;
      }
      room_.open.work(*this);
      if (!co_await answer()) {
        break;
      }
      if (out_.size() >= gather_bytes && !co_await flush()) {
        co_return;
      }
    }
    if (co_await flush()) {
      co_await close();
    }
  }

 private:
  task<bool> handshake() {
    if constexpr (std::is_same_v<Stream, tls_stream>) {
      deadline = steady_clock::now() + room_.options.request_timeout;
      if (co_await speaks_plainly()) {
        co_await refuse_plainly();
        co_return false;
      }
      auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
      co_return !ec;
    }
    co_return true;
  }

  // A TLS record begins with its type, none of which is a letter (RFC 8446 §5.1); a request with its method.
  task<bool> speaks_plainly() {
    tcp_socket& socket = lowest(stream_);
    if (auto [ec] = co_await socket.async_wait(tcp_socket::wait_read, as_result); ec) {
      co_return false;
    }
    char first = '\0';
    co_return ::recv(socket.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && ascii::is_alnum(first);
  }

  task<void> refuse_plainly() {
    note_refused(400);
    append(error_response(400, "plain HTTP was sent to an HTTPS port"), {}, false);
    deadline = steady_clock::now() + room_.options.write_timeout;
    auto [ec, written] = co_await asio::async_write(lowest(stream_), asio::buffer(out_), as_result);
    if (!ec) {
      co_await read_on();
    }
  }

  // True with a whole request; false when the connection is to end, after whatever is in out_ was written.
  task<bool> read_request() {
    for (;;) {
      const auto [reached, consumed] = reader_.feed({in_.data() + begin_, end_ - begin_});
      begin_ += consumed;
      switch (reached) {
        case reader::outcome::complete: co_return true;
        case reader::outcome::refused: refuse(); co_return false;
        case reader::outcome::send_continue: out_ += "HTTP/1.1 100 Continue\r\n\r\n"; break;
        case reader::outcome::need_more: break;
      }
      if (!co_await flush() || !co_await read_some()) {
        co_return false;
      }
    }
  }

  // Whether the connection may bring another request. A coroutine of its own, so that a connection at rest does not
  // hold the room for a request and its answer.
  task<bool> answer() {
    request asked = reader_.message();
    asked.began = began_;
    asked.client = room_.options.trusted.client(peer_, asked.forwarded_for);
    deadline = steady_time::max();  // the handler keeps its own
    response given;
    if (room_.origins.refuses(asked.origin) && asked.method != verb::options) {
      // Before anything of the request is counted against its address or its terminal.
      note_refused(403);
      given = error_response(403, "forbidden");
    } else {
      given = co_await room_.routes.answer(asked);
    }
    const bool keep_alive = reader_.keep_alive() && !last_ && !retiring_ && !given.stream;
    append(given, asked, keep_alive);
    if (given.stream) {
      const open_stream counted(figures_);
      co_await stream(*given.stream);
    }
    co_return keep_alive;
  }

  void note_refused(std::uint16_t status) {
    if (figures_ != nullptr) {
      figures_->note_refused(status);
    }
  }

  void refuse() {
    const refusal why = reader_.refused_with();
    note_refused(why.status);
    append(error_response(why.status, why.text), reader_.message(), false);
    linger_ = true;
  }

  void append(const response& answer, const request& asked, bool keep_alive) {
    const auto now = wall_seconds();
    framing how;
    how.http_1_0 = reader_.http_1_0();
    how.keep_alive = keep_alive;
    how.head = asked.method == verb::head;
    how.date = room_.dates.at(now);
    how.cors_headers = room_.origins.headers(asked, answer.cors, cors_scratch_);
    write(answer, how, out_);
  }

  // Sends what the handler sends, until that ends, the reader goes or the worker drains: who comes back then finds
  // another instance.
  task<void> stream(event_stream& events) {
    wake_.emplace(lowest(stream_).get_executor());
    events.on_data([this] { wake_->cancel(); });
    give_up_unacknowledged();
    in_ = std::string(stream_read_bytes, '\0');
    begin_ = end_ = 0;
    watch_for_close();
    while (!gone_) {
      out_ += events.take();
      if (!out_.empty()) {
        if (!co_await flush()) {
          break;
        }
        out_.shrink_to_fit();
      } else if (events.finished() || last_ || retiring_) {
        break;
      } else {
        deadline = steady_time::max();
        wake_->expires_after(room_.options.heartbeat);
        if (auto [ec] = co_await wake_->async_wait(as_result); !ec) {
          out_ += ":\n\n";
        }
      }
    }
    events.on_data({});
    // TLS cannot be shut down while it is read. A read that finds bytes there already is not cancelled by this.
    closing_ = true;
    boost::system::error_code ignored;
    lowest(stream_).cancel(ignored);
    while (!gone_) {
      wake_->expires_at(steady_time::max());
      co_await wake_->async_wait(as_result);
    }
  }

  // A reader whose machine has vanished acknowledges no heartbeat: left to itself the kernel tries for a quarter of an
  // hour (tcp(7), TCP_USER_TIMEOUT).
  void give_up_unacknowledged() {
    const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(2 * room_.options.heartbeat);
    const int milliseconds = static_cast<int>(std::max<std::int64_t>(most.count(), 1'000));
    ::setsockopt(lowest(stream_).native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
  }

  // The peer has nothing more to say but that it goes; that must not wait for the next write.
  void watch_for_close() {
    stream_.async_read_some(asio::buffer(in_),
                            [self = this->shared_from_this()](boost::system::error_code ec, std::size_t got) {
                              self->stray_bytes_ += got;
                              if (ec || self->closing_ || self->stray_bytes_ > most_stray_bytes) {
                                self->gone_ = true;
                                self->wake_->cancel();
                              } else {
                                self->watch_for_close();
                              }
                            });
  }

  task<bool> flush() {
    if (out_.empty()) {
      co_return true;
    }
    deadline = steady_clock::now() + room_.options.write_timeout;
    auto [ec, written] = co_await asio::async_write(stream_, asio::buffer(out_), as_result);
    out_.clear();
    co_return !ec;
  }

  task<bool> read_some() {
    if (begin_ > 0) {
      std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (in_.size() - end_ < read_bytes / 2) {
      in_.resize(in_.size() + read_bytes);
    }
    idle_ = !reader_.begun() && end_ == 0;
    if (idle_ && last_) {
      co_return false;
    }
    deadline = idle_ ? steady_clock::now() + room_.options.idle_timeout : began_ + room_.options.request_timeout;
    auto [ec, got] = co_await stream_.async_read_some(asio::buffer(in_.data() + end_, in_.size() - end_), as_result);
    if (idle_) {
      idle_ = false;
      began_ = steady_clock::now();
    }
    end_ += got;
    co_return !ec;
  }

  task<void> close() {
    deadline = steady_clock::now() + farewell_timeout;
    if constexpr (std::is_same_v<Stream, tls_stream>) {
      co_await stream_.async_shutdown(as_result);  // comes back as soon as the peer sends on
    }
    if (linger_) {
      co_await read_on();
    }
    abort();
  }

  // A close with unread input makes the kernel send a reset, which may overtake the refusal on its way to the peer.
  task<void> read_on() {
    deadline = steady_clock::now() + linger_timeout;
    tcp_socket& socket = lowest(stream_);
    boost::system::error_code ended;
    socket.shutdown(tcp_socket::shutdown_send, ended);
    in_.resize(linger_read_bytes);
    for (std::size_t drained = 0; !ended && !last_ && drained < linger_bytes;) {
      auto [ec, got] = co_await socket.async_read_some(asio::buffer(in_), as_result);
      ended = ec;
      drained += got;
    }
  }

  Stream stream_;
  session_room& room_;
  metrics::http_metrics* const figures_ = room_.routes.figures();
  reader reader_;
  asio::ip::address peer_;
  std::string in_;  // bytes [begin_, end_) were read and not yet consumed
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;
  std::string cors_scratch_;
  steady_time began_;  // when the first byte of the request came
  bool idle_ = false;
  bool last_ = false;
  bool retiring_ = false;
  bool linger_ = false;
  std::optional<timer> wake_;  // of a stream
  bool gone_ = false;          // the stream's reader
  bool closing_ = false;
  std::size_t stray_bytes_ = 0;
};

}  // namespace

task<void> serve(tcp_socket socket, session_room* room) {
  const auto client = std::make_shared<session<tcp_socket>>(std::move(socket), *room);
  co_await client->run();
}

task<void> serve_tls(tcp_socket socket, asio::ssl::context* tls, session_room* room) {
  const auto client = std::make_shared<session<tls_stream>>(tls_stream(std::move(socket), *tls), *room);
  co_await client->run();
}

}  // namespace c2c::http
