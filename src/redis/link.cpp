#include "redis/link.hpp"

#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"
#include "redis/sentinel.hpp"

namespace c2c::redis {
namespace {

using boost::system::error_code;

}  // namespace

link::link(asio::io_context& context, link_options options)
    : context_(context), options_(std::move(options)), timer_(context.get_executor()) {}

link::~link() = default;

void link::start() {
  new_session();
  net::spawn(context_.get_executor(), "a link to Redis", run(shared_from_this()));
}

void link::submit(std::span<const std::string_view> command, steady_time deadline, completion done) {
  if (!session_ || (!session_->ready() && line_.is_down())) {
    return done(fail(errc::store_unavailable, last_failure_));
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
      self->timer_.expires_after(self->next_attempt_);
      co_await self->timer_.async_wait(as_result);
    }
    if (self->stopping_) {
      break;
    }
    self->new_session();
  }
}

void link::new_session() {
  limits limits = options_.limits;
  limits.connect_timeout += limits.sentinel_timeout * static_cast<int>(options_.server.sentinels.size());
  session_.emplace(options_.server, limits, steady_clock::now());
  session_->on_message = options_.on_message;
}

// One session, from the connection to its loss. When it returns no read and no write is under way. What is thrown costs
// the session and no more.
task<void> link::serve() {
  try {
    co_await converse();
  } catch (...) {
    net::note_unexpected("a Redis session", std::current_exception());
    session_->give_up("given up after an error of our own");
  }
  drop();
  while (writing_) {
    co_await asio::post(context_.get_executor(), as_result);
  }
}

task<void> link::converse() {
  connection_ = std::make_shared<net::connection>(context_.get_executor());
  if (session_->fault()) {
    drop();  // given up before its turn came
  }
  arm();
  if (const auto connected = co_await connect(); !connected) {
    session_->give_up(connected.error().detail);
  }
  connection_->expire_at(steady_time::max());
  session_->connected();
  changed();
  while (!session_->fault()) {
    const auto [ec, bytes] = co_await connection_->async_read_some(asio::buffer(in_), as_result);
    const bool was_ready = session_->ready();
    if (ec) {
      session_->give_up(ascii::to_lower(ec.message()));
      break;
    }
    session_->received(std::span(in_).first(bytes));
    if (!was_ready && session_->ready()) {
      line_.up(steady_clock::now());
      log::info("Redis at {} is up", options_.server.place());
      if (options_.on_up) {
        options_.on_up();
      }
    }
    changed();
  }
}

task<result<void>> link::connect() {
  const url& server = options_.server;
  const steady_time by = session_->next_deadline();
  if (!server.socket.empty()) {
    co_return co_await net::connection::open(connection_, server.socket, by);
  }
  if (server.sentinels.empty()) {
    co_return co_await net::connection::open(connection_, server.server, options_.tls, by);
  }
  const auto master = co_await find_master();
  if (!master) {
    co_return std::unexpected(master.error());
  }
  auto opened = co_await net::connection::open(connection_, *master, options_.tls, by);
  if (!opened) {
    opened.error().detail = "the master " + master->host + ": " + opened.error().detail;
  }
  co_return opened;
}

// Asks one after the other, the one first that answered last.
task<result<net::endpoint>> link::find_master() {
  const auto& sentinels = options_.server.sentinels;
  std::string why;
  for (std::size_t tried = 0; tried < sentinels.size() && !session_->fault(); ++tried) {
    const net::endpoint& sentinel = sentinels[first_sentinel_ % sentinels.size()];
    asking_ = std::make_shared<net::connection>(context_.get_executor());
    auto found = co_await ask_sentinel(asking_, sentinel, options_.server.master, options_.server.sentinel_login,
                                       options_.tls, options_.limits.sentinel_timeout);
    asking_.reset();
    if (found) {
      co_return found;
    }
    why += fmt::format("{}Sentinel {}:{}: {}", why.empty() ? "" : "; ", sentinel.host, sentinel.port,
                       found.error().detail);
    ++first_sentinel_;
  }
  co_return fail(errc::unavailable, why.empty() ? "no Sentinel answered in time" : std::move(why));
}

void link::end_session() {
  timer_.cancel();
  last_failure_ = session_->fault().value_or("closed");
  if (!line_.is_up()) {
    ++first_sentinel_;  // the one that was asked may name a master that is gone, for ever
  }
  // Said once for each outage, and not at the end of the service.
  if (!line_.is_down() && !stopping_) {
    log::warn("Redis at {} is down: {}", options_.server.place(), last_failure_);
  }
  next_attempt_ = line_.ended(steady_clock::now(), random_.next_u32());
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
  connection_->async_write_some(asio::buffer(bytes.data(), bytes.size()), done);
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
  for (const auto& held : {connection_, asking_}) {
    if (held) {
      held->close();
    }
  }
}

}  // namespace c2c::redis
