#include "claims/redis_session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <openssl/crypto.h>

#include "base/ascii.hpp"

namespace c2c::claims {
namespace {

// No answer of ours is longer than a line; what a stranger sends is not gathered.
constexpr std::size_t most_reply_bytes = 16'384;

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  out += fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) {
    out += fmt::format("${}\r\n", word.size());
    out.append(word).append("\r\n");
  }
}

redis_reply plain(const redisReply& reply) {
  redis_reply out;
  switch (reply.type) {
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_STRING: out.what = redis_reply::kind::text; break;
    case REDIS_REPLY_ERROR: out.what = redis_reply::kind::error; break;
    case REDIS_REPLY_INTEGER:
      out.what = redis_reply::kind::number;
      out.number = reply.integer;
      return out;
    default: return out;
  }
  out.text.assign(reply.str, static_cast<std::size_t>(reply.len));
  return out;
}

constexpr std::size_t most_quoted = 80;

}  // namespace

void redis_session::reader_free::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

redis_session::redis_session(const redis_address& where, redis_limits limits, steady_time now)
    : limits_(limits), login_deadline_(now + limits.connect_timeout), reader_(redisReaderCreate()) {
  if (!reader_) {
    throw std::bad_alloc();
  }
  log_in(where);
}

redis_session::~redis_session() = default;

void redis_session::log_in(const redis_address& where) {
  const auto expect = [this](std::string_view what) {
    pending_.push_back({login_deadline_, [this, what](const result<redis_reply>& reply) { on_login(reply, what); }});
    ++logins_;
  };
  if (!where.password.empty() && where.user.empty()) {
    append_command(writing_, {"AUTH", where.password.reveal()});
    expect("log-in refused");
  } else if (!where.password.empty()) {
    append_command(writing_, {"AUTH", where.user, where.password.reveal()});
    expect("log-in refused");
  }
  append_command(writing_, {"SELECT", std::to_string(where.database)});
  expect("database refused");
}

void redis_session::on_login(const result<redis_reply>& reply, std::string_view what) {
  if (!reply) {
    return;
  }
  if (reply->what == redis_reply::kind::error) {
    return give_up(fmt::format("{}: {}", what, ascii::printable(reply->text, most_quoted)));
  }
  if (--logins_ == 0) {
    ready_ = true;
  }
}

void redis_session::submit(std::initializer_list<std::string_view> command, steady_time deadline,
                           redis_completion done) {
  if (fault_) {
    return done(fail(errc::claims_unavailable, *fault_));
  }
  if (pending_.size() >= limits_.most_pending) {
    return done(fail(errc::overloaded, "too many commands wait for Redis"));
  }
  append_command(waiting_, command);
  pending_.push_back({deadline, std::move(done)});
}

std::string_view redis_session::to_write() {
  if (!connected_) {
    return {};
  }
  if (writing_.empty() && ready_) {
    std::swap(writing_, waiting_);
  }
  return std::string_view(writing_).substr(written_);
}

void redis_session::wrote(std::size_t bytes) {
  written_ += bytes;
  if (written_ == writing_.size()) {
    OPENSSL_cleanse(writing_.data(), writing_.size());  // it may have been the password
    writing_.clear();
    written_ = 0;
  }
}

void redis_session::received(std::span<const char> bytes) {
  if (fault_) {
    return;
  }
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  for (;;) {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
      return give_up("what it says is no RESP");
    }
    if (raw == nullptr) {
      break;
    }
    const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(static_cast<redisReply*>(raw),
                                                                        &freeReplyObject);
    if (pending_.empty()) {
      return give_up("it answers what nobody asked");
    }
    take(plain(*reply));
    if (fault_) {
      return;
    }
  }
  if (reader_->len - reader_->pos > most_reply_bytes) {
    give_up("its answer is too long");
  }
}

void redis_session::take(redis_reply reply) {
  const pending first = std::move(pending_.front());
  pending_.pop_front();
  first.done(std::move(reply));
}

steady_time redis_session::next_deadline() const {
  const steady_time next = ready_ ? steady_time::max() : login_deadline_;
  // All commands have the same patience, so the first one's time is up first.
  return pending_.empty() ? next : std::min(next, pending_.front().deadline);
}

void redis_session::advance(steady_time now) {
  if (!fault_ && now >= next_deadline()) {
    give_up(ready_ ? "no answer in time" : "no connection and log-in in time");
  }
}

void redis_session::give_up(std::string why) {
  if (!fault_) {
    fault_ = std::move(why);
  }
}

void redis_session::finish() {
  give_up("closed");
  for (auto& each : std::exchange(pending_, {})) {
    each.done(fail(errc::claims_unavailable, *fault_));
  }
}

}  // namespace c2c::claims
