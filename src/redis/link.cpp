#include "redis/link.hpp"

#include <array>
#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/ascii.hpp"
#include "base/client_tls.hpp"
#include "base/lookup.hpp"
#include "ops/log.hpp"

namespace c2c::redis {
namespace {

using boost::system::error_code;
using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;

// A session that lasted this long was a good one: the next loss starts the waits from the beginning.
constexpr std::chrono::seconds good_session{5};
constexpr std::size_t read_bytes = 4'096;

}  // namespace

// TCP or a UNIX socket, TLS or not.
struct link::connection {
  explicit connection(asio::io_context& context) : socket(context.get_executor()) {}

  stream_socket socket;
  std::optional<asio::ssl::stream<stream_socket&>> tls;
  std::shared_ptr<lookup> name;
  std::array<char, read_bytes> in{};
};

link::link(asio::io_context& context, link_options options)
    : context_(context), options_(std::move(options)), timer_(context.get_executor()) {}

link::~link() = default;

void link::start() {
  new_session();
  asio::co_spawn(context_.get_executor(), run(shared_from_this()), [](const std::exception_ptr& bug) {
    if (bug) {
      std::rethrow_exception(bug);
    }
  });
}

void link::submit(std::initializer_list<std::string_view> command, steady_time deadline, completion done) {
  if (!session_ || (!session_->ready() && failures_ > 0)) {
    return done(fail(errc::claims_unavailable, last_failure_));
  }
  session_->submit(command, deadline, std::move(done));
  changed();
}

void link::stop() {
  stopping_ = true;
  options_.on_up = {};
  if (session_) {
    session_->on_message = {};
    session_->give_up("closed");
    drop();
  } else {
    timer_.cancel();
  }
}

task<void> link::run(std::shared_ptr<link> self) {
  for (;;) {
    co_await self->serve();
    self->end_session();
    if (!self->stopping_) {
      self->timer_.expires_after(self->backoff_.next(self->random_.next_u32()));
      co_await self->timer_.async_wait(as_result);
    }
    if (self->stopping_) {
      break;
    }
    self->new_session();
  }
}

void link::new_session() {
  session_.emplace(options_.server, options_.limits, steady_clock::now());
  session_->on_message = options_.on_message;
}

// One session, from the connection to its loss. When it returns no read and no write is under way.
task<void> link::serve() {
  began_ = steady_clock::now();
  connection_ = std::make_shared<connection>(context_);
  arm();
  if (std::string why = co_await connect(); !why.empty()) {
    session_->give_up(std::move(why));
  }
  session_->connected();
  changed();
  while (!session_->fault()) {
    const auto into = asio::buffer(connection_->in);
    const auto [ec, bytes] = connection_->tls ? co_await connection_->tls->async_read_some(into, as_result)
                                              : co_await connection_->socket.async_read_some(into, as_result);
    const bool was_ready = session_->ready();
    if (ec) {
      session_->give_up(ascii::to_lower(ec.message()));
      break;
    }
    session_->received(std::span(connection_->in).first(bytes));
    if (!was_ready && session_->ready()) {
      failures_ = 0;
      ops::log_info("Redis at {} is up", options_.server.place());
      if (options_.on_up) {
        options_.on_up();
      }
    }
    changed();
  }
  drop();
  while (writing_) {
    co_await asio::post(context_.get_executor(), as_result);
  }
}

task<std::string> link::connect() {
  std::string why = co_await connect_socket();
  if (why.empty() && options_.server.tls) {
    why = co_await begin_tls();
  }
  co_return why;
}

task<std::string> link::connect_socket() {
  const auto mine = connection_;
  if (!options_.server.socket.empty()) {
    const asio::generic::stream_protocol::endpoint there(
        asio::local::stream_protocol::endpoint(options_.server.socket));
    const auto [ec] = co_await mine->socket.async_connect(there, as_result);
    co_return ec ? ascii::to_lower(ec.message()) : std::string();
  }
  mine->name = std::make_shared<lookup>(context_, options_.server.host, options_.server.port);
  mine->name->start();
  co_await lookup::wait(mine->name);
  if (!mine->name->finished()) {
    co_return "its name is not found in time";
  }
  error_code last = mine->name->error();
  for (const auto& each : mine->name->found()) {
    error_code ignored;
    mine->socket.close(ignored);
    const auto [ec] = co_await mine->socket.async_connect(asio::generic::stream_protocol::endpoint(each), as_result);
    last = ec;
    if (!ec || session_->fault()) {
      break;
    }
  }
  co_return last ? ascii::to_lower(last.message()) : std::string();
}

task<std::string> link::begin_tls() {
  const auto mine = connection_;
  mine->tls.emplace(mine->socket, *options_.tls);
  SSL* const native = mine->tls->native_handle();
  if (!expect_host(native, options_.server.host)) {
    co_return "TLS cannot ask for its name";
  }
  const auto [ec] = co_await mine->tls->async_handshake(asio::ssl::stream_base::client, as_result);
  if (!ec) {
    co_return std::string();
  }
  const std::string distrust = why_not_trusted(native);
  co_return distrust.empty() ? ascii::to_lower(ec.message()) : "its certificate is not accepted: " + distrust;
}

void link::end_session() {
  timer_.cancel();
  const bool was_up = session_->ready();
  last_failure_ = session_->fault().value_or("closed");
  if (was_up && steady_clock::now() - began_ >= good_session) {
    backoff_.reset();
  }
  // Said once for each outage, and not at the end of the service.
  if (failures_++ == 0 && !stopping_) {
    ops::log_warn("Redis at {} is down: {}", options_.server.place(), last_failure_);
  }
  session_->finish();
  session_.reset();
  connection_.reset();
}

void link::changed() {
  if (session_->fault()) {
    return drop();
  }
  write();
  arm();
}

void link::write() {
  if (writing_ || session_->fault()) {
    return;
  }
  const std::string_view bytes = session_->to_write();
  if (bytes.empty()) {
    return;
  }
  writing_ = true;
  const auto done = [self = shared_from_this()](const error_code& ec, std::size_t taken) {
    self->writing_ = false;
    self->session_->wrote(taken);
    if (ec) {
      self->session_->give_up(ascii::to_lower(ec.message()));
      return self->drop();
    }
    self->write();
  };
  const auto from = asio::buffer(bytes.data(), bytes.size());
  connection_->tls ? connection_->tls->async_write_some(from, done) : connection_->socket.async_write_some(from, done);
}

void link::arm() {
  timer_.expires_at(session_->next_deadline());
  timer_.async_wait([weak = weak_from_this()](const error_code& ec) {
    const auto self = weak.lock();
    if (ec || !self || !self->session_) {
      return;
    }
    self->session_->advance(steady_clock::now());
    self->changed();
  });
}

// Ends whatever the session waits for; `run` goes on from there.
void link::drop() {
  if (!connection_) {
    return;
  }
  error_code ignored;
  connection_->socket.close(ignored);
  if (connection_->name) {
    connection_->name->wake();
  }
}

}  // namespace c2c::redis
