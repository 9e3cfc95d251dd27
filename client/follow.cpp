#include "client/follow.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "client/event_stream.hpp"
#include "client/hang_up.hpp"
#include "client/subscription.hpp"
#include "net/backoff.hpp"

namespace c2c::client {

namespace {

constexpr std::chrono::seconds tick{1};
constexpr std::chrono::seconds lost_after{60};
constexpr std::chrono::minutes refused_for_long{10};
// How long the stream may take to tell how a call ended that was hung up.
constexpr std::chrono::seconds told_after{3};
constexpr std::chrono::seconds ended_after{30};
// The service breaks a silence every 15 s: one that lasts longer is a dead connection.
constexpr std::chrono::seconds longest_silence{40};

class follower {
 public:
  follower(const live_call& which, interrupt& stop, const std::function<void(const snapshot*)>& tell)
      : which_(which), stop_(stop), tell_(tell) {}

  end_of_call run() {
    for (;;) {
      if (auto end = read_stream()) {
        return std::move(*end);
      }
      if (steady_clock::now() - heard_ > lost_after) {
        return why_lost();
      }
      if (auto end = rest()) {
        return std::move(*end);
      }
    }
  }

 private:
  // Only the first signal wakes: the call is hung up once it came, and there is nothing more to ask for.
  int wake() const { return hanging_up_ ? -1 : stop_.fd(); }

  end_of_call why_lost() const {
    return std::visit([](const auto& why) -> end_of_call { return why; }, last_);
  }

  // Hangs up where that is wanted and not taken yet. The end where there is nothing more to wait for.
  std::optional<end_of_call> obey() {
    if (!stop_.asked()) {
      return std::nullopt;
    }
    if (!hanging_up_) {
      hanging_up_.emplace(which_);
      tell_(nullptr);
    }
    if (patient_until_) {
      if (steady_clock::now() <= *patient_until_) {
        return std::nullopt;
      }
      return over_ ? over_unseen{.connected = connected_} : why_lost();
    }
    if (steady_clock::now() < hanging_up_->next()) {
      return std::nullopt;
    }
    switch (hanging_up_->ask()) {
      case hang_up::result::ending:
        last_ = refused{.at = step::call, .status = 202, .error = {}, .retry_after = {}, .location = {}};
        patient_until_ = steady_clock::now() + ended_after;
        break;
      case hang_up::result::over:
        over_ = true;
        patient_until_ = steady_clock::now() + told_after;
        break;
      case hang_up::result::unknown:
      case hang_up::result::refused: last_ = hanging_up_->why(); return why_lost();
      case hang_up::result::again:
        last_ = hanging_up_->why();
        if (hanging_up_->in_vain()) {
          return why_lost();
        }
        break;
      case hang_up::result::given_up: break;
    }
    return std::nullopt;
  }

  // Until the stream is to be taken up again.
  std::optional<end_of_call> rest() {
    const auto pause = std::max(retry_.value_or(std::chrono::milliseconds(0)), wait_.next(random_.next_u32()));
    const auto until = std::max(steady_clock::now() + pause, not_before_);
    for (;;) {
      if (auto end = obey()) {
        return end;
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
      if (left.count() <= 0) {
        return std::nullopt;
      }
      pause_for(std::min<std::chrono::milliseconds>(left, tick).count(), wake());
      tell_(nullptr);
    }
  }

  // Nothing where the stream broke and is to be taken up again.
  std::optional<end_of_call> read_stream() {
    connection_options how = which_.how;
    how.wake = wake();
    auto opened = subscription::open(which_.where, how, which_.endpoint(), which_.ticket, last_id_);
    if (!opened) {
      if (opened.error().kind != trouble_kind::given_up) {
        last_ = failed{.at = step::call, .why = std::move(opened.error())};
      }
      return std::nullopt;
    }
    event_parser parser;
    auto quiet_until = steady_clock::now() + longest_silence;
    for (;;) {
      if (auto end = obey()) {
        return end;
      }
      const auto now = steady_clock::now();
      if (now > quiet_until) {
        last_ = failed{.at = step::call, .why = {.kind = trouble_kind::timed_out, .detail = {}, .sent = true}};
        return std::nullopt;
      }
      switch (opened->wait(now + tick, wake())) {
        case subscription::event::nothing: tell_(nullptr); break;
        case subscription::event::woken: break;
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
            last_ = failed{.at = step::call, .why = *opened->why()};
          }
          retry_ = parser.retry();
          return std::nullopt;
      }
    }
  }

  std::optional<end_of_call> take_answer(const answer& got) {
    if (got.status == 200) {
      good_ = heard_ = steady_clock::now();
      wait_.reset();
      return std::nullopt;
    }
    // 204: nothing follows what was seen.
    if (got.status == 204) {
      return seen_ ? end_of_call(*seen_) : over_unseen{.connected = connected_};
    }
    refused it = refusal(step::call, got);
    if (passes(it)) {
      not_before_ = steady_clock::now() + asked_wait(it);
      // Whoever says when to come back is there, but not for ever.
      heard_ = it.retry_after ? std::min(not_before_, good_ + refused_for_long) : heard_;
      last_ = std::move(it);
      return std::nullopt;
    }
    return it;
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
      connected_ = connected_ || seen_->state == call_state::connected;
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
  bool connected_ = false;
  std::variant<refused, failed> last_ =
      failed{.at = step::call, .why = {.kind = trouble_kind::broken, .detail = {}, .sent = true}};
  steady_time heard_ = steady_clock::now();
  steady_time good_ = heard_;  // the stream was given
  steady_time not_before_{};   // when the stream may be asked for again
  std::optional<hang_up> hanging_up_;
  std::optional<steady_time> patient_until_;  // the hang-up was taken, and the stream should tell the end
  bool over_ = false;
};

}  // namespace

bool known_to_be_over(const end_of_call& how) noexcept {
  const auto* const it = std::get_if<refused>(&how);
  return it != nullptr ? is_unknown_call(*it) : !std::holds_alternative<failed>(how);
}

end_of_call follow(const live_call& which, interrupt& stop, const std::function<void(const snapshot*)>& tell) {
  return follower(which, stop, tell).run();
}

std::variant<snapshot, refused, failed> look(const live_call& which) {
  auto got = connection(which.where, which.how).get(which.endpoint(), which.ticket);
  if (!got) {
    return failed{.at = step::call, .why = std::move(got.error())};
  }
  auto now = got->status == 200 ? parse_snapshot(got->body) : std::nullopt;
  return now ? std::variant<snapshot, refused, failed>(std::move(*now)) : refusal(step::call, *got);
}

}  // namespace c2c::client
