#include "asterisk/link.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "base/ascii.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::asterisk {
namespace {

// With so many failures in a row a server is down, and an action does not wait for the next attempt.
constexpr std::uint32_t failures_of_a_dead_server = 2;
constexpr std::chrono::minutes skipped_warning_interval{1};

steady_time now() {
  return steady_clock::now();
}

failure unavailable(const boost::system::error_code& error) {
  return {errc::unavailable, ascii::to_lower(error.message())};
}

}  // namespace

link::link(asio::io_context& context, std::string host, std::shared_ptr<const link_options> options,
           std::shared_ptr<action_ids> ids, std::weak_ptr<link_observer> observer)
    : context_(context),
      host_(std::move(host)),
      options_(std::move(options)),
      ids_(std::move(ids)),
      observer_(std::move(observer)),
      timer_(context.get_executor()),
      last_used_(now()) {
  events_.ready = [this] { on_ready(); };
  events_.event = [this](const message& event) {
    if (const auto observer = observer_.lock()) {
      observer->on_event(*this, event);
    }
  };
}

void link::start() {
  open_session();
  net::spawn(context_.get_executor(), "a link to an AMI", run(shared_from_this()));
}

void link::submit(const action& request, steady_time deadline, written_handler on_written, completion done) {
  last_used_ = now();
  // Posted, so that who waits is never resumed in the middle of the session's work.
  completion later = [done = std::move(done), executor = context_.get_executor()](result<response> answer) mutable {
    asio::post(executor, [done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
  };
  if (stopping_) {
    return later(fail(errc::not_sent, "closed"));
  }
  if (!session_ || (!session_->ready() && line_.failures() >= failures_of_a_dead_server)) {
    return later(fail(errc::not_sent, last_failure_));
  }
  session_->submit(request, last_used_, std::min(last_used_ + options_->response_timeout, deadline),
                   std::move(on_written), std::move(later));
  changed();
}

bool link::idle(steady_time at) const noexcept {
  return !kept_ && at - last_used_ >= options_->idle_life && (!session_ || session_->pending() == 0);
}

void link::close(std::chrono::milliseconds patience) {
  stopping_ = true;
  if (session_) {
    session_->leave(now(), patience);
    changed();
  } else {
    timer_.cancel();
  }
}

void link::abort() {
  stopping_ = true;
  if (session_) {
    session_->give_up({errc::unavailable, "closed"});
    changed();
  } else {
    timer_.cancel();
  }
}

task<void> link::run(std::shared_ptr<link> self) {
  for (;;) {
    co_await self->serve();
    self->end_session();
    if (self->stopping_ || self->idle(now())) {
      break;
    }
    co_await self->wait_before_retry();
    if (self->stopping_) {
      break;
    }
    self->open_session();
  }
  self->stopping_ = true;
  if (const auto observer = self->observer_.lock()) {
    observer->on_ended(*self);
  }
}

void link::open_session() {
  session_.emplace(options_->session, *ids_, events_, now());
  skipped_ = 0;
  arm();
}

// One session, from the connection to its loss. When it returns no read and no write is under way. What is thrown costs
// the session and no more.
task<void> link::serve() {
  try {
    connection_ = std::make_shared<net::connection>(context_.get_executor());
    if (session_->fault()) {
      drop();  // given up before its turn came
    }
    const net::endpoint server{.host = host_, .port = options_->port};
    const steady_time by = now() + options_->session.connect_timeout;
    if (auto opened = co_await net::connection::open(connection_, server, nullptr, by); opened) {
      connection_->expire_at(steady_time::max());
      connected_ = !session_->fault();
      co_await read();
    } else {
      session_->give_up(std::move(opened.error()));
    }
  } catch (...) {
    net::note_unexpected("an AMI session", std::current_exception());
    session_->give_up({errc::unavailable, "given up after an error of our own"});
  }
  connected_ = false;
  drop();
  while (writing_) {
    // What the kernel took decides between not_sent and outcome_unknown, so the write's end has to be known.
    co_await asio::post(context_.get_executor(), as_result);
  }
  connection_.reset();
}

task<void> link::read() {
  while (!session_->fault()) {
    const auto room = session_->room();
    const auto [error, bytes] =
        co_await connection_->async_read_some(asio::buffer(room.data(), room.size()), as_result);
    if (error) {
      session_->give_up(unavailable(error));
      break;
    }
    session_->received(bytes, now());
    tell_skipped();
    changed();
  }
}

void link::tell_skipped() {
  const std::uint64_t before = std::exchange(skipped_, session_->skipped());
  if (skipped_ == before) {
    return;
  }
  if (const auto observer = observer_.lock()) {
    observer->on_skipped(skipped_ - before);
  }
  if (now() >= next_skipped_warning_) {
    next_skipped_warning_ = now() + skipped_warning_interval;
    log::warn("{} sends what no AMI sends, which is passed over: {}", host_, session_->why_skipped());
  }
}

task<void> link::wait_before_retry() {
  timer_.expires_after(next_attempt_);
  co_await timer_.async_wait(as_result);
}

void link::on_ready() {
  line_.up(now());
  log::info("{}: there is an AMI session", host_);
  if (const auto observer = observer_.lock()) {
    observer->on_up(*this);
  }
}

void link::end_session() {
  timer_.cancel();
  armed_.reset();
  last_failure_ = session_->fault() ? session_->fault()->detail : std::string();
  const bool was_up = line_.is_up();
  const bool known_to_fail = line_.failures() > 0;
  next_attempt_ = line_.ended(now(), random_.next_u32());
  if (!stopping_ && (was_up || !known_to_fail)) {
    log::warn("{}: {}: {}; trying again", host_, was_up ? "the AMI session is lost" : "no AMI session", last_failure_);
  }
  if (was_up) {
    if (const auto observer = observer_.lock()) {
      observer->on_down(*this);
    }
  }
  session_->finish();
  session_.reset();
}

// After anything that may have given the session something to write, a nearer deadline or a fault.
void link::changed() {
  if (session_->fault()) {
    return drop();
  }
  schedule_write();
  arm();
}

// A turn of the loop later, so that everything that is submitted at the same moment goes out in one piece.
void link::schedule_write() {
  if (write_scheduled_ || writing_ || !connected_) {
    return;
  }
  write_scheduled_ = true;
  asio::post(context_.get_executor(), [self = shared_from_this()] {
    self->write_scheduled_ = false;
    self->write();
  });
}

void link::write() {
  if (writing_ || !connected_ || session_->fault()) {
    return;
  }
  const std::string_view bytes = session_->to_write(now());
  if (bytes.empty()) {
    return;
  }
  writing_ = true;
  connection_->async_write_some(asio::buffer(bytes.data(), bytes.size()),
                                [self = shared_from_this()](const boost::system::error_code& error, std::size_t taken) {
                                  self->writing_ = false;
                                  self->session_->wrote(taken);
                                  if (error) {
                                    self->session_->give_up(unavailable(error));
                                    return self->drop();
                                  }
                                  self->write();
                                });
}

// Moved only when the session has to be woken earlier than was thought; a deadline that moved away is found out on
// waking.
void link::arm() {
  const steady_time next = session_->next_deadline();
  if (armed_ && *armed_ <= next) {
    return;
  }
  armed_ = next;
  timer_.expires_at(next);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self) {
      self->on_timer();
    }
  });
}

void link::on_timer() {
  if (!session_) {
    return;
  }
  armed_.reset();
  session_->advance(now());
  changed();
}

// Ends whatever the session waits for; `run` goes on from there.
void link::drop() {
  if (connection_) {
    connection_->close();
  }
}

}  // namespace c2c::asterisk
