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

// The longest value that is ours is a call's record, and the longest answer a list of 256 of them; what a stranger
// sends is not gathered.
constexpr std::size_t most_value_bytes = 16'384;
constexpr std::size_t most_items = 1'024;
constexpr std::size_t most_answer_bytes = 2'097'152;

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

// What hiredis makes of the bytes, bounded while it does: a list's own elements, and nothing of what lies deeper.
// A maker is given the place of the value, and gives null where there is no room for it.
void* keep(const redisReadTask* place, answer::kind type, std::string_view text, std::int64_t number) noexcept {
  try {
    if (place->parent == nullptr) {
      return new answer{.type = type, .text = std::string(text), .number = number, .items = {}};
    }
    auto* const whole = static_cast<answer*>(place->parent->obj);
    if (place->parent->parent == nullptr) {
      whole->items.emplace_back(text);
    }
    return whole;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* make_text(const redisReadTask* place, char* text, std::size_t size) {
  const answer::kind type = place->type == REDIS_REPLY_STATUS  ? answer::kind::status
                            : place->type == REDIS_REPLY_ERROR ? answer::kind::error
                                                               : answer::kind::text;
  return keep(place, type, {text, size}, 0);
}

template <class Count>  // int, and std::size_t since hiredis 1.0
void* make_list(const redisReadTask* place, Count count) {
  return static_cast<std::size_t>(count) > most_items ? nullptr : keep(place, answer::kind::list, {}, 0);
}

void* make_number(const redisReadTask* place, long long number) {
  return keep(place, answer::kind::number, {}, number);
}

void* make_nothing(const redisReadTask* place) {
  return keep(place, answer::kind::nothing, {}, 0);
}

void drop(void* whole) {
  delete static_cast<answer*>(whole);  // NOLINT(cppcoreguidelines-owning-memory): hiredis holds it as void*
}

redisReplyObjectFunctions makers() {
  redisReplyObjectFunctions out{};
  out.createString = make_text;
  out.createArray = make_list;
  out.createInteger = make_number;
  out.createNil = make_nothing;
  out.freeObject = drop;
#if HIREDIS_MAJOR >= 1
  out.createDouble = [](const redisReadTask* place, double, char*, std::size_t) { return make_nothing(place); };
  out.createBool = [](const redisReadTask* place, int) { return make_nothing(place); };
#endif
  return out;
}

redisReader* make_reader() {
  static redisReplyObjectFunctions functions = makers();
  return redisReaderCreateWithFunctions(&functions);
}

constexpr std::string_view role_refused = "role not told";
constexpr std::array<std::string_view, 3> not_here{"READONLY ", "LOADING ", "MASTERDOWN "};

constexpr std::array<std::string_view, 4> of_cluster{"MOVED ", "ASK ", "CLUSTERDOWN ", "CROSSSLOT "};

bool begins_with(const answer& reply, std::span<const std::string_view> prefixes) noexcept {
  return reply.type == answer::kind::error &&
         std::ranges::any_of(prefixes, [&](auto prefix) { return reply.text.starts_with(prefix); });
}

}  // namespace

bool is_of_cluster(const answer& reply) noexcept {
  return begins_with(reply, of_cluster);
}

void session::reader_free::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

session::session(limits limits, steady_time now)
    : limits_(limits), login_deadline_(now + limits.connect_timeout), reader_(make_reader()), ready_(true) {
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
  unanswered_bytes_ += bytes.size();
  for (;;) {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
      return give_up("what it says is no RESP");
    }
    if (raw == nullptr) {
      break;
    }
    const std::unique_ptr<answer> whole(static_cast<answer*>(raw));
    unanswered_bytes_ = reader_->len - reader_->pos;
    take(std::move(*whole));
    if (fault_) {
      return;
    }
  }
  if (reader_->len - reader_->pos > most_value_bytes || unanswered_bytes_ > most_answer_bytes) {
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
  std::string why;
  if (is_of_cluster(reply)) {
    why = no_clusters;
  } else if (begins_with(reply, not_here)) {
    why = "it says: " + utf8::printable(reply.text, most_quoted);
  }
  first.done(std::move(reply));
  if (!why.empty()) {
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
