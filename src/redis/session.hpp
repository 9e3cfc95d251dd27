// One connection to Redis from its log-in to its loss, without I/O (RESP2: redis.io/docs/reference/protocol-spec).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "redis/url.hpp"

struct redisReader;

namespace c2c::redis {

// Of what Redis says, so many characters are quoted in an error.
inline constexpr std::size_t most_quoted = 80;

// What Redis said to one command.
struct answer {
  enum class kind : std::uint8_t { nothing, status, text, number, error, list };
  kind type = kind::nothing;
  std::string text;  // of a status, a string or an error
  std::int64_t number = 0;
  std::vector<std::string> items;  // of a list, in their order; what is no text is empty

  // "+OK": that it was done, which nothing else says.
  bool ok() const noexcept { return type == kind::status && text == "OK"; }
};

// Whether it is the error of a node of a Redis Cluster, which keeps the key elsewhere. Clusters are not served: a call
// needs several keys, and SUBSCRIBE one connection.
bool is_of_cluster(const answer& reply) noexcept;
inline constexpr std::string_view no_clusters =
    "it is a node of a Redis Cluster, which is not served: name a single Redis, or one behind Sentinel";

using completion = std::function<void(result<answer>)>;

struct limits {
  std::size_t most_pending = 1'024;                  // commands that are not answered yet; one more is overloaded
  std::chrono::milliseconds connect_timeout{1'000};  // from the start to the end of the log-in
  std::chrono::milliseconds sentinel_timeout{300};   // more for each Sentinel
};

// Pure: the owner moves the bytes and tells the time. Commands wait for the log-in and are pipelined; Redis answers in
// order. Once `fault` holds something the session is to be dropped: the owner closes the socket and calls `finish`.
class session {
 public:
  // With a log-in. `where` outlives the session.
  session(const url& where, limits limits, steady_time now);
  // Without one, for a Sentinel.
  session(limits limits, steady_time now);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // `done` is called once, from within `received`, `finish` or this call. Errors: store_unavailable (the session
  // ended, or said nothing until the deadline, which ends it), overloaded.
  void submit(std::span<const std::string_view> command, steady_time deadline, completion done);
  void submit(std::initializer_list<std::string_view> command, steady_time deadline, completion done) {
    submit(std::span(command.begin(), command.size()), deadline, std::move(done));
  }

  // Called with what is published on a channel that this session has subscribed to, from within `received`. Redis takes
  // no other commands but PING then.
  std::function<void(std::string_view channel, std::string_view payload)> on_message;

  // The socket is connected: the log-in may be written.
  void connected() { connected_ = true; }
  // Valid until `wrote`; what is submitted meanwhile comes after it.
  std::string_view to_write();
  void wrote(std::size_t bytes);
  void received(std::span<const char> bytes);

  steady_time next_deadline() const;
  void advance(steady_time now);

  void give_up(std::string why);
  const std::optional<std::string>& fault() const noexcept { return fault_; }
  void finish();
  bool ready() const noexcept { return ready_; }

 private:
  struct pending {
    steady_time deadline;
    completion done;
  };
  struct reader_free {
    void operator()(redisReader* reader) const noexcept;
  };

  void log_in(const url& where);
  void on_login(const result<answer>& reply, std::string_view step);
  void take(answer reply);

  limits limits_;
  steady_time login_deadline_;
  std::unique_ptr<redisReader, reader_free> reader_;
  std::size_t unanswered_bytes_ = 0;  // of an answer that is not whole yet
  std::string writing_;               // the log-in at first
  std::size_t written_ = 0;
  std::string waiting_;  // until that is written, and the log-in answered
  std::deque<pending> pending_;
  std::size_t logins_ = 0;  // of the first pending ones, that many belong to the log-in
  std::optional<std::string> fault_;
  bool connected_ = false;
  bool ready_ = false;
};

}  // namespace c2c::redis
