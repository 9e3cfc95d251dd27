#include "webhook/webhook.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/random.hpp"
#include "log/log.hpp"
#include "net/backoff.hpp"
#include "net/client_tls.hpp"
#include "net/http_client.hpp"
#include "net/spawn.hpp"
#include "net/web_url.hpp"
#include "webhook/queue.hpp"
#include "webhook/verdict.hpp"

namespace c2c::webhook {
namespace {

// How long close() waits for senders that have been told to stop.
constexpr std::chrono::seconds last_turns{1};

std::chrono::sys_seconds wall_now() {
  return wall_seconds();
}

net::http_client_options to_receiver(const notifier::options& chosen, std::shared_ptr<asio::ssl::context> tls) {
  return {.to = chosen.url,
          .tls = std::move(tls),
          .headers = "User-Agent: click2calld/" C2C_VERSION "\r\nContent-Type: application/cloudevents+json\r\n",
          .idle = chosen.idle};
}

// A receiver that is down is worth a line a minute, not one an event.
class once_a_minute {
 public:
  bool due() {
    const steady_time now = steady_clock::now();
    if (now < next_) {
      return false;
    }
    next_ = now + std::chrono::minutes(1);
    return true;
  }

 private:
  steady_time next_ = steady_time::min();
};

}  // namespace

// Outlives the webhook for as long as a sender has not noticed its end. All but post() and statistics() is for the
// context's thread.
class notifier::office : public std::enable_shared_from_this<office> {
 public:
  office(const executor& ex, options chosen, const std::shared_ptr<asio::ssl::context>& tls)
      : executor_(ex), options_(std::move(chosen)), queue_(options_.max_queued, options_.senders), drained_(ex) {
    for (std::size_t i = 0; i < options_.senders; ++i) {
      lanes_.push_back({std::make_shared<net::http_client>(ex, to_receiver(options_, tls)), timer(ex), {}});
    }
  }

  void post(call_change change) {
    if (closing_) {
      ++dropped_;
      return;
    }
    const auto pushed = queue_.push(std::move(change), steady_clock::now());
    if (pushed.dropped) {
      ++dropped_;
      overflowed_ = true;
    }
    if (!pushed.wake) {
      return;
    }
    try {
      asio::post(executor_, [self = shared_from_this(), lane = pushed.lane] {
        net::spawn(self->executor_, "sending to the webhook", run(self, lane));
      });
    } catch (...) {
      queue_.rest(pushed.lane);
      throw;
    }
  }

  void count_dropped() noexcept { ++dropped_; }

  metrics::webhook_counts statistics() const {
    return {.delivered = delivered_, .retried = retried_, .dropped = dropped_, .queued = queue_.size() + in_hand_};
  }

  static task<void> close(std::shared_ptr<office> self, std::chrono::milliseconds grace) {
    self->closing_ = true;
    for (lane& lane : self->lanes_) {
      lane.rest.cancel();  // what waits for its next attempt has it now
    }
    co_await settle(self, grace);
    const std::uint64_t before = self->dropped_;
    self->stop();
    co_await settle(self, last_turns);
    if (const std::uint64_t left = self->dropped_ - before; left > 0) {
      log::warn("webhook {}: not delivered at the service's end: {}", self->options_.url.place(), left);
    }
  }

 private:
  struct lane {
    std::shared_ptr<net::http_client> receiver;
    timer rest;
    net::backoff again;
  };

  static task<void> settle(std::shared_ptr<office> self, std::chrono::milliseconds longest) {
    if (self->queue_.busy()) {
      self->drained_.expires_after(longest);
      co_await self->drained_.async_wait(as_result);
    }
  }

  void stop() {
    stopped_ = true;
    dropped_ += queue_.clear();
    for (lane& lane : lanes_) {
      lane.receiver->close();
      lane.rest.cancel();
    }
  }

  // A lane's sender, which lives while the lane has something to send.
  static task<void> run(std::shared_ptr<office> self, std::size_t number) {
    while (auto next = self->queue_.take(number)) {
      ++self->in_hand_;
      try {
        co_await deliver(self, number, std::move(*next));
      } catch (const std::exception& e) {
        ++self->dropped_;
        log::error("webhook: an event is dropped: {}", e.what());
      }
      --self->in_hand_;
    }
    if (self->closing_ && !self->queue_.busy()) {
      self->drained_.cancel();
    }
  }

  // Tells one change, however often that takes.
  static task<void> deliver(std::shared_ptr<office> self, std::size_t number, queue::item item) {
    const std::string body = to_cloud_event(item.change);
    const steady_time until = item.since + self->options_.give_up;
    for (bool first = true;; first = false) {
      while (!self->stopped_ && steady_clock::now() < std::min(self->quiet_until_, until)) {
        co_await rest(self, number, std::min(self->quiet_until_, until));
      }
      if (self->stopped_ || steady_clock::now() >= until) {
        ++self->dropped_;
        co_return self->tell_trouble("an event is too old");
      }
      self->retried_ += first ? 0 : 1;
      const auto answer = co_await net::http_client::post(self->lanes_[number].receiver, self->signature_of(body), body,
                                                          self->attempt_end());
      const judgement judged =
          answer ? judge(answer->status, answer->retry_after, wall_now()) : judgement{.outcome = verdict::again};
      if (judged.outcome == verdict::delivered) {
        co_return self->note_delivery(number);
      }
      if (judged.outcome == verdict::refused) {
        co_return self->note_refusal(number, answer->status);
      }
      self->tell_trouble(answer ? fmt::format("it answers {}", answer->status) : answer.error().detail);
      const steady_time now = steady_clock::now();
      self->quiet_until_ =
          std::max(self->quiet_until_, now + std::min<std::chrono::milliseconds>(judged.wait, self->options_.give_up));
      co_await rest(self, number, std::min(now + self->lanes_[number].again.next(self->random_.next_u32()), until));
    }
  }

  static task<void> rest(std::shared_ptr<office> self, std::size_t number, steady_time until) {
    if (!self->stopped_ && until > steady_clock::now()) {
      self->lanes_[number].rest.expires_at(until);
      co_await self->lanes_[number].rest.async_wait(as_result);
    }
  }

  steady_time attempt_end() const { return steady_clock::now() + options_.attempt; }

  std::string signature_of(const std::string& body) const {
    return fmt::format("X-Click2call-Signature: {}\r\n", signature(options_.key.reveal(), wall_now(), body));
  }

  void note_delivery(std::size_t number) {
    ++delivered_;
    lanes_[number].again.reset();
    if (std::exchange(troubled_, false)) {
      log::info("webhook {}: delivers again", options_.url.place());
    }
    if (overflowed_.exchange(false)) {
      tell_trouble("it is too slow, and the queue is full");
    }
  }

  void note_refusal(std::size_t number, unsigned status) {
    ++dropped_;
    lanes_[number].again.reset();
    if (refusals_.due()) {
      log::warn("webhook {}: it refuses an event with {}, which is dropped; dropped so far: {}", options_.url.place(),
                status, dropped_.load());
    }
  }

  void tell_trouble(std::string_view why) {
    if (!stopped_ && troubles_.due()) {
      troubled_ = true;
      log::warn("webhook {}: {}; events that wait: {}, dropped so far: {}", options_.url.place(), why,
                statistics().queued, dropped_.load());
    }
  }

  executor executor_;
  options options_;
  queue queue_;
  std::vector<lane> lanes_;
  random_source random_;
  once_a_minute troubles_;
  once_a_minute refusals_;
  bool troubled_ = false;
  bool stopped_ = false;
  steady_time quiet_until_ = steady_time::min();  // the receiver has asked for it
  timer drained_;
  std::atomic<bool> closing_ = false;
  std::atomic<bool> overflowed_ = false;
  std::atomic<std::uint64_t> delivered_ = 0;
  std::atomic<std::uint64_t> retried_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<std::size_t> in_hand_ = 0;
};

result<std::unique_ptr<notifier>> notifier::make(asio::io_context& context, options chosen) {
  chosen.senders = std::max<std::size_t>(chosen.senders, 1);
  const executor ex = context.get_executor();
  std::shared_ptr<asio::ssl::context> tls;
  if (chosen.url.tls) {
    auto made = net::make_client_tls(chosen.ca);
    if (!made) {
      return fail(errc::unavailable, "progress.webhook.ca: " + made.error().detail);
    }
    tls = std::move(*made);
  }
  return std::unique_ptr<notifier>(new notifier(std::make_shared<office>(ex, std::move(chosen), tls)));
}

notifier::notifier(std::shared_ptr<office> made) : office_(std::move(made)) {}
notifier::~notifier() = default;

void notifier::post(call_change change) noexcept {
  try {
    office_->post(std::move(change));
  } catch (...) {
    // Out of memory: the call goes on, and this change of it is not told.
    office_->count_dropped();
  }
}

task<void> notifier::close(std::chrono::milliseconds grace) {
  return office::close(office_, grace);
}

metrics::webhook_counts notifier::statistics() const {
  return office_->statistics();
}

}  // namespace c2c::webhook
