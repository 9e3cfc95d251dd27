#include "redis/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <openssl/crypto.h>

#include "base/utf8.hpp"

namespace c2c::redis {
namespace {

// No answer of ours is longer than a line; what a stranger sends is not gathered.
constexpr std::size_t most_reply_bytes = 16'384;

void append_command(std::string& out, std::span<const std::string_view> words) {
  out += fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) {
    out += fmt::format("${}\r\n", word.size());
    out.append(word).append("\r\n");
  }
}

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  append_command(out, std::span(words.begin(), words.size()));
}

std::string text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string() : std::string(reply.str, static_cast<std::size_t>(reply.len));
}

answer plain(const redisReply& reply) {
  answer out;
  switch (reply.type) {
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_STRING: out.type = answer::kind::text; break;
    case REDIS_REPLY_ERROR: out.type = answer::kind::error; break;
    case REDIS_REPLY_INTEGER:
      out.type = answer::kind::number;
      out.number = reply.integer;
      return out;
    case REDIS_REPLY_ARRAY:
      out.type = answer::kind::list;
      for (std::size_t i = 0; i < reply.elements; ++i) {
        out.items.push_back(text_of(*reply.element[i]));
      }
      return out;
    default: return out;
  }
  out.text = text_of(reply);
  return out;
}

constexpr std::string_view role_refused = "role not told";
constexpr std::array<std::string_view, 3> not_here{"READONLY ", "LOADING ", "MASTERDOWN "};

}  // namespace

void session::reader_free::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

session::session(limits limits, steady_time now)
    : limits_(limits), login_deadline_(now + limits.connect_timeout), reader_(redisReaderCreate()), ready_(true) {
  if (!reader_) {
    throw std::bad_alloc();
  }
}

session::session(const url& where, limits limits, steady_time now) : session(limits, now) {
  ready_ = false;
  log_in(where);
}

session::~session() = default;

void session::log_in(const url& where) {
  const auto expect = [this](std::string_view step) {
    pending_.push_back({login_deadline_, [this, step](const result<answer>& reply) { on_login(reply, step); }});
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
  if (!where.sentinels.empty()) {
    append_command(writing_, {"ROLE"});
    expect(role_refused);
  }
}

void session::on_login(const result<answer>& reply, std::string_view step) {
  if (!reply) {
    return;
  }
  if (reply->type == answer::kind::error) {
    return give_up(fmt::format("{}: {}", step, utf8::printable(reply->text, most_quoted)));
  }
  if (step == role_refused && (reply->items.empty() || reply->items.front() != "master")) {
    return give_up("it is no master, whatever the Sentinel says");
  }
  if (--logins_ == 0) {
    ready_ = true;
  }
}

void session::submit(std::span<const std::string_view> command, steady_time deadline, completion done) {
  if (fault_) {
    return done(fail(errc::store_unavailable, *fault_));
  }
  if (pending_.size() >= limits_.most_pending) {
    return done(fail(errc::overloaded, "too many commands wait for Redis"));
  }
  append_command(waiting_, command);
  pending_.push_back({deadline, std::move(done)});
}

std::string_view session::to_write() {
  if (!connected_) {
    return {};
  }
  if (writing_.empty() && ready_) {
    std::swap(writing_, waiting_);
  }
  return std::string_view(writing_).substr(written_);
}

void session::wrote(std::size_t bytes) {
  written_ += bytes;
  if (written_ == writing_.size()) {
    OPENSSL_cleanse(writing_.data(), writing_.size());  // it may have been the password
    writing_.clear();
    written_ = 0;
  }
}

void session::received(std::span<const char> bytes) {
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
    take(plain(*reply));
    if (fault_) {
      return;
    }
  }
  if (reader_->len - reader_->pos > most_reply_bytes) {
    give_up("its answer is too long");
  }
}

void session::take(answer reply) {
  if (on_message && reply.type == answer::kind::list && reply.items.size() == 3 && reply.items[0] == "message") {
    return on_message(reply.items[1], reply.items[2]);
  }
  if (pending_.empty()) {
    return give_up("it answers what nobody asked");
  }
  const pending first = std::move(pending_.front());
  pending_.pop_front();
  // It was a master, or is about to be one; the next connection may find another.
  const bool elsewhere = reply.type == answer::kind::error &&
                         std::ranges::any_of(not_here, [&](auto prefix) { return reply.text.starts_with(prefix); });
  std::string why = elsewhere ? "it says: " + utf8::printable(reply.text, most_quoted) : std::string();
  first.done(std::move(reply));
  if (elsewhere) {
    give_up(std::move(why));
  }
}

steady_time session::next_deadline() const {
  const steady_time next = ready_ ? steady_time::max() : login_deadline_;
  // All commands have the same patience, so the first one's time is up first.
  return pending_.size() <= logins_ ? next : std::min(next, pending_[logins_].deadline);
}

void session::advance(steady_time now) {
  if (!fault_ && now >= next_deadline()) {
    give_up(ready_ ? "no answer in time" : "no connection and log-in in time");
  }
}

void session::give_up(std::string why) {
  if (!fault_) {
    fault_ = std::move(why);
  }
}

void session::finish() {
  give_up("closed");
  for (auto& waiting : std::exchange(pending_, {})) {
    waiting.done(fail(errc::store_unavailable, *fault_));
  }
}

}  // namespace c2c::redis
