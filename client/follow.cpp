#include "client/follow.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "base/random.hpp"
#include "client/event_stream.hpp"
#include "client/subscription.hpp"
#include "net/backoff.hpp"

namespace c2c::client {

namespace {

constexpr std::chrono::seconds tick{1};
constexpr std::chrono::seconds lost_after{60};
constexpr std::chrono::seconds hang_up_patience{30};
// The service breaks a silence every 15 s: one that lasts longer is a dead connection.
constexpr std::chrono::seconds longest_silence{40};

refused refusal(const answer& got) {
  return {.at = step::call,
          .status = got.status,
          .error = why_refused(got.body),
          .retry_after = got.retry_after,
          .location = got.location};
}

class follower {
 public:
  follower(const live_call& which, interrupt& stop, const std::function<void(const snapshot*)>& tell)
      : which_(which), stop_(stop), tell_(tell) {}

  end_of_call run() {
    for (;;) {
      obey();
      if (auto end = read_stream()) {
        return std::move(*end);
      }
      const auto now = steady_clock::now();
      if (now - heard_ > lost_after || (hung_up_at_ && now - *hung_up_at_ > hang_up_patience)) {
        return failed{.at = step::call, .why = last_};
      }
      pause_for(static_cast<long>(pause().count()), wake());
      tell_(nullptr);
    }
  }

 private:
  // Only the first signal wakes: the call is hung up once it came, and there is nothing more to ask for.
  int wake() const { return hung_up_at_ ? -1 : stop_.fd(); }

  void obey() {
    if (stop_.asked() && !hung_up_) {
      hung_up_at_ = hung_up_at_.value_or(steady_clock::now());
      hung_up_ = connection(which_.where, which_.how).remove(which_.endpoint(), which_.ticket).has_value();
    }
  }

  std::chrono::milliseconds pause() {
    return std::max(retry_.value_or(std::chrono::milliseconds(0)), wait_.next(random_.next_u32()));
  }

  // Nothing where the stream broke and is to be taken up again.
  std::optional<end_of_call> read_stream() {
    auto opened = subscription::open(which_.where, which_.how, which_.endpoint(), which_.ticket, last_id_);
    if (!opened) {
      last_ = std::move(opened.error());
      return std::nullopt;
    }
    event_parser parser;
    auto quiet_until = steady_clock::now() + longest_silence;
    for (;;) {
      const auto now = steady_clock::now();
      if (now > quiet_until || (hung_up_at_ && now - *hung_up_at_ > hang_up_patience)) {
        last_ = {.kind = trouble_kind::timed_out, .detail = {}, .sent = true};
        return std::nullopt;
      }
      switch (opened->wait(now + tick, wake())) {
        case subscription::event::nothing:
          obey();
          tell_(nullptr);
          break;
        case subscription::event::woken: obey(); break;
        case subscription::event::answered:
          if (auto end = take_answer(opened->response())) {
            return end;
          }
          break;
        case subscription::event::bytes:
          quiet_until = steady_clock::now() + longest_silence;
          if (auto end = take_bytes(parser, opened->take())) {
            return end;
          }
          break;
        case subscription::event::over:
          if (opened->why() != nullptr) {
            last_ = *opened->why();
          }
          retry_ = parser.retry();
          return std::nullopt;
      }
    }
  }

  std::optional<end_of_call> take_answer(const answer& got) {
    if (got.status == 200) {
      heard_ = steady_clock::now();
      wait_.reset();
      return std::nullopt;
    }
    // 204: nothing follows what was seen; 503: too many readers, or a service that is just going.
    if (got.status == 204 && seen_) {
      return *seen_;
    }
    if (got.status >= 500) {
      last_ = {.kind = trouble_kind::broken, .detail = "it answers " + std::to_string(got.status), .sent = true};
      return std::nullopt;
    }
    return refusal(got);
  }

  std::optional<end_of_call> take_bytes(event_parser& parser, const std::string& bytes) {
    heard_ = steady_clock::now();
    std::vector<stream_event> events;
    if (!parser.feed(bytes, events)) {
      return failed{.at = step::call, .why = {.kind = trouble_kind::too_large, .detail = {}, .sent = true}};
    }
    for (const stream_event& event : events) {
      last_id_ = event.id;
      auto now = parse_snapshot(event.data);
      if (!now) {
        continue;
      }
      seen_ = std::move(now);
      tell_(&*seen_);
      if (seen_->over()) {
        return *seen_;
      }
    }
    return std::nullopt;
  }

  const live_call& which_;
  interrupt& stop_;
  const std::function<void(const snapshot*)>& tell_;
  random_source random_;
  net::backoff wait_;
  std::optional<std::chrono::milliseconds> retry_;
  std::string last_id_;
  std::optional<snapshot> seen_;
  trouble last_{.kind = trouble_kind::broken, .detail = {}, .sent = true};
  steady_time heard_ = steady_clock::now();
  std::optional<steady_time> hung_up_at_;
  bool hung_up_ = false;
};

}  // namespace

end_of_call follow(const live_call& which, interrupt& stop, const std::function<void(const snapshot*)>& tell) {
  return follower(which, stop, tell).run();
}

std::variant<snapshot, refused, failed> look(const live_call& which) {
  auto got = connection(which.where, which.how).get(which.endpoint(), which.ticket);
  if (!got) {
    return failed{.at = step::call, .why = std::move(got.error())};
  }
  auto now = got->status == 200 ? parse_snapshot(got->body) : std::nullopt;
  return now ? std::variant<snapshot, refused, failed>(std::move(*now)) : refusal(*got);
}

std::variant<std::monostate, snapshot, refused, failed> hang_up(const live_call& which) {
  auto got = connection(which.where, which.how).remove(which.endpoint(), which.ticket);
  if (!got) {
    return failed{.at = step::call, .why = std::move(got.error())};
  }
  if (got->status == 204) {
    return std::monostate();
  }
  auto now = got->status == 202 ? parse_snapshot(got->body) : std::nullopt;
  if (now) {
    return std::move(*now);
  }
  return refusal(*got);
}

}  // namespace c2c::client
