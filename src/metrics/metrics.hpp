// What the service counts and times: numbers that any thread may add to at any time, and that the metrics page reads.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::metrics {

// Nothing is ordered by these numbers, so relaxed atomics do: no lock, no allocation, some 5 ns.
class counter {
 public:
  void add(std::uint64_t more = 1) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

class gauge {
 public:
  void add(std::int64_t more) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

// How long something took, in buckets that are the same for all of them: from what signing a nonce takes to the longest
// deadline.
class histogram {
 public:
  static constexpr std::array<std::chrono::microseconds, 16> bounds = [] {
    using us = std::chrono::microseconds;
    return std::array{us(100),       us(250),       us(500),       us(1'000),     us(2'500),   us(5'000),
                      us(10'000),    us(25'000),    us(50'000),    us(100'000),   us(250'000), us(500'000),
                      us(1'000'000), us(2'500'000), us(5'000'000), us(10'000'000)};
  }();
  static constexpr std::size_t bucket_count = bounds.size() + 1;  // the last one has no bound

  void observe(std::chrono::nanoseconds took) noexcept {
    std::size_t at = 0;
    while (at < bounds.size() && took > bounds[at]) {
      ++at;
    }
    buckets_[at].add();
    sum_.add(static_cast<std::uint64_t>(took.count()));
  }

  std::uint64_t bucket(std::size_t at) const noexcept { return buckets_[at].value(); }
  std::chrono::nanoseconds sum() const noexcept { return std::chrono::nanoseconds(sum_.value()); }

 private:
  std::array<counter, bucket_count> buckets_;
  counter sum_;  // nanoseconds: enough for five centuries
};

// What a request was for. `other`: no endpoint, a wrong method, or no HTTP that could be taken.
enum class endpoint : std::uint8_t { challenge, call, live_call, hang_up, preflight, other };
inline constexpr std::size_t endpoint_count = static_cast<std::size_t>(endpoint::other) + 1;
std::string_view to_string(endpoint which) noexcept;

// The statuses that the service answers with; `code_index` of any other is the last place, "other".
inline constexpr std::array<std::uint16_t, 16> known_codes = {200, 202, 204, 400, 401, 403, 404, 405,
                                                              409, 413, 417, 422, 429, 500, 502, 503};
inline constexpr std::size_t code_count = known_codes.size() + 1;
std::size_t code_index(std::uint16_t status) noexcept;

struct http_metrics {
  struct of_endpoint {
    std::array<counter, code_count> answers;
    histogram duration;  // from a request's last byte to its answer, before that is written; of a stream, to its head
  };
  std::array<of_endpoint, endpoint_count> endpoints;
  counter accepted;  // connections
  counter refused;   // connections, as there were as many as may be
  gauge open;        // connections
  gauge streams;     // of events

  void note(endpoint which, std::uint16_t status, std::chrono::nanoseconds took) noexcept {
    of_endpoint& counted = endpoints[static_cast<std::size_t>(which)];
    counted.answers[code_index(status)].add();
    counted.duration.observe(took);
  }
  // A request that was refused before its end was read: it took no time of an endpoint.
  void note_refused(std::uint16_t status) noexcept {
    endpoints[static_cast<std::size_t>(endpoint::other)].answers[code_index(status)].add();
  }
};

enum class backend : std::uint8_t { claims, directory, registrar, routing, kamailio, originate };
inline constexpr std::size_t backend_count = 6;
std::string_view to_string(backend which) noexcept;

// Whether an error is the fault of who was asked, and not of the question.
bool at_fault(errc code) noexcept;

// A backend that failed so long ago may be well again, even if nobody has asked it since.
inline constexpr std::chrono::seconds failure_memory{15};

// What is known of a part of the service that calls depend on.
enum class health : std::uint8_t { unknown, answers, fails };

// Who answers the service's questions, how fast, and whether it did lately.
class backend_metrics {
 public:
  template <class T>
  void note(const result<T>& answer, std::chrono::nanoseconds took, steady_time now) noexcept {
    if (answer) {
      note(true, took, now);
    } else {
      note_failure(answer.error().code, took, now);
    }
  }
  void note(bool answered, std::chrono::nanoseconds took, steady_time now) noexcept;
  void note_failure(errc code, std::chrono::nanoseconds took, steady_time now) noexcept;
  // The same for a question that only wants to know: it is not counted.
  void note_state(bool answered, steady_time now) noexcept;

  const histogram& duration() const noexcept { return duration_; }
  const counter& errors() const noexcept { return errors_; }
  steady_time answered() const noexcept { return at(answered_); }
  steady_time failed() const noexcept { return at(failed_); }

 private:
  using when = std::atomic<steady_time::rep>;
  static steady_time at(const when& which) noexcept {
    return steady_time(steady_clock::duration(which.load(std::memory_order_relaxed)));
  }

  histogram duration_;
  counter errors_;
  when answered_ = 0;  // 0: never
  when failed_ = 0;
};

// The errors that an attempt to call can end with; any other is counted as "other".
inline constexpr std::size_t outcome_count = static_cast<std::size_t>(errc::unavailable) + 1;

struct call_metrics {
  std::array<counter, outcome_count> outcomes;  // by errc; 0: placed
  std::array<backend_metrics, backend_count> backends;

  backend_metrics& of(backend which) noexcept { return backends[static_cast<std::size_t>(which)]; }
  const backend_metrics& of(backend which) const noexcept { return backends[static_cast<std::size_t>(which)]; }
};

// One for each worker, so that workers do not take each other's cache lines.
struct alignas(64) worker_metrics {
  http_metrics http;
  call_metrics calls;
};

// All of them. Grows and is read on the main thread only; what it gives away stays where it is and is any thread's to
// add to. Outlives the workers: a reload's new ones go on with the numbers of those before.
class registry {
 public:
  worker_metrics& of_worker(std::size_t number) {
    while (workers_.size() <= number) {
      workers_.emplace_back();
    }
    return workers_[number];
  }
  const std::deque<worker_metrics>& workers() const noexcept { return workers_; }
  http_metrics& admin() noexcept { return admin_; }
  const http_metrics& admin() const noexcept { return admin_; }

  // The backend as the workers together know it; a failure counts for `memory`, and until somebody was answered again.
  health state_of(backend which, std::chrono::seconds memory, steady_time now) const noexcept;

 private:
  std::deque<worker_metrics> workers_;
  http_metrics admin_;
};

}  // namespace c2c::metrics
