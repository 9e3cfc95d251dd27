#include "call/live_call.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "log/invariant.hpp"

namespace c2c::call {
namespace {

// Redis keeps a record of a call that is being placed so long: its answer comes in a few seconds, and is written then.
constexpr std::chrono::seconds placing_record_life{60};
constexpr std::chrono::hours longest_record_life{48};
// A withdrawn call is forgotten at the first look after its time, up to hang_up_unseen late, and takes its record away.
constexpr std::chrono::seconds forgotten_late{10};
// Between the instance that has begun a call, the one that has taken it over, and their PBX, which tells whole seconds.
constexpr std::chrono::seconds clocks_apart{3};
// An iden must not be free elsewhere before it is here.
constexpr std::chrono::seconds shortest_record_life{5};

live_call::effects operator+(live_call::effects a, const live_call::effects& b) {
  a.changes += b.changes;
  a.publish = a.publish || b.publish;
  a.wake = a.wake || b.wake;
  a.hang_up = a.hang_up || b.hang_up;
  a.forget = a.forget || b.forget;
  return a;
}

constexpr live_call::effects everybody{.publish = true, .wake = true};

}  // namespace

live_call::live_call(identity who, std::string server, std::chrono::milliseconds longest, const call_times& times,
                     steady_time now, wall_time at)
    : who_(std::move(who)),
      key_(ascii::to_lower(who_.iden)),
      server_(std::move(server)),
      times_(&times),
      begun_(now),
      live_until_(now + longest) {
  history_.push_back({progress_.now(), progress_.why(), at});
}

std::string_view live_call::channel_to_end() const noexcept {
  // The channel that ends all of the call has the iden's own name.
  const std::string_view known = progress_.channel_to_end();
  return known.empty() ? std::string_view(key_) : known;
}

live_call::effects live_call::place(steady_time now) {
  invariant(phase_ == phase::placing, "a call is answered once");
  phase_ = phase::placed;
  expires_ = live_until_;
  if (in_doubt() && !progress_.over()) {
    expires_ = std::min(expires_, *in_doubt_since_ + times_->lose_after);
  }
  settle(now);
  check();
  return effects{.changes = history_.size()} + everybody;
}

live_call::effects live_call::refuse(steady_time now, wall_time at) {
  invariant(!ordered_, "a refused call was never ordered");
  progress_.refuse();
  history_.clear();
  history_.push_back({progress_.now(), progress_.why(), at});
  return place(now);
}

live_call::effects live_call::withdraw(failure why, bool may_exist, steady_time now) {
  invariant(phase_ == phase::placing, "a call is answered once");
  phase_ = phase::withdrawn;
  refused_ = std::move(why);
  if (!may_exist || progress_.over()) {
    return effects{.wake = true, .forget = true};
  }
  watch(now);
  check();
  return effects{.hang_up = true} + everybody;
}

// How long what is unwanted is looked for, and how soon it is hung up again: a hang-up may get lost, or come before
// what it is to end, and what began while nobody heard the server shows itself by nothing.
void live_call::watch(steady_time now) {
  watched_until_ = now + (may_go_on() ? times_->watch_unheard : times_->watch_withdrawn);
  // A withdrawn call in doubt is hung up by its server's return.
  expires_ = phase_ == phase::withdrawn && in_doubt() ? watched_until_ : now + hang_up_interval();
}

std::chrono::seconds live_call::hang_up_interval() const noexcept {
  return may_go_on() || phase_ == phase::placed ? times_->hang_up_again : times_->hang_up_unseen;
}

live_call::effects live_call::release() {
  phase_ = phase::placed;
  return {.wake = true, .forget = true};
}

live_call::effects live_call::cancel(steady_time now) {
  invariant(phase_ == phase::placed, "only a placed call has an owner who can end it");
  if (progress_.cancelled() || progress_.over()) {
    return {};
  }
  progress_.cancel();
  watch(now);
  check();
  return effects{.hang_up = true} + everybody;
}

live_call::effects live_call::hang_up_answered(bool allowed) {
  hang_up_refused_ = !allowed;
  return {.wake = !allowed};
}

live_call::effects live_call::hear(const pbx::event& event, steady_time now, wall_time at) {
  // Before its own order was sent what happens under its iden is another instance's call, which has just failed.
  if (!ordered_) {
    return {};
  }
  // Another call's order that fails on our iden tells nothing about ours.
  if (const auto* const done = std::get_if<pbx::order_done>(&event.fact); done != nullptr && done->order != order_) {
    return {};
  }
  if (listing_) {
    found_.note(event, begun_ ? std::optional(now - *begun_ + clocks_apart) : std::nullopt);
  }
  if (std::holds_alternative<pbx::channel_listed>(event.fact)) {
    return {};
  }
  const bool was_over = progress_.over();
  if (in_dialplan_since_ && now >= *in_dialplan_since_ + times_->dialplan_refuses) {
    progress_.note_long_in_dialplan();
  }
  progress_.apply(event);
  effects wanted = note({.wake = true}, at);
  if (phase_ == phase::withdrawn) {
    if (progress_.over()) {
      wanted.forget = true;
    } else if (std::holds_alternative<pbx::channel_began>(event.fact)) {
      watch(now);
      expires_ = now + times_->hang_up_again;
      wanted.hang_up = true;
      wanted.publish = true;
    }
  } else if (!was_over) {
    settle(now);
  }
  check();
  return wanted;
}

void live_call::doubt(steady_time now) {
  listing_ = false;
  found_.clear();
  if (!in_doubt()) {
    in_doubt_since_ = now;
  }
}

live_call::effects live_call::server_lost(steady_time now) {
  // Nothing was sent yet: nothing can have happened that is not heard.
  if (progress_.over() || !ordered_) {
    return {};
  }
  const bool fresh = !in_doubt();
  doubt(now);
  if (phase_ == phase::withdrawn) {
    watch(now);
  } else if (phase_ == phase::placed && fresh) {
    expires_ = std::min(expires_, now + times_->lose_after);
  }
  check();
  // Its record lives as long as it is watched, and so does the claim to its iden.
  return {.publish = phase_ == phase::withdrawn, .wake = true};
}

live_call::effects live_call::server_ready(steady_time now) {
  const bool hang_up = phase_ == phase::withdrawn || (progress_.cancelled() && in_doubt());
  if (phase_ == phase::withdrawn) {
    in_doubt_since_.reset();
    watch(now);
  } else if (phase_ == phase::placed && in_doubt() && progress_.over()) {
    in_doubt_since_.reset();
    expires_ = now + times_->linger;
  }
  check();
  return {.publish = phase_ == phase::withdrawn, .hang_up = hang_up};
}

void live_call::begin_list() {
  invariant(in_doubt(), "channels are listed to end a doubt");
  found_.clear();
  listing_ = true;
}

live_call::effects live_call::end_list(steady_time now, wall_time at) {
  listing_ = false;
  in_doubt_since_.reset();
  progress_.recover(found_.take());
  if (phase_ == phase::placed && !progress_.over()) {
    expires_ = progress_.cancelled() ? now + times_->hang_up_again : live_until_;
  } else if (phase_ == phase::withdrawn) {
    // A list of a server whose events are heard: it shows, or does not show, what is to be hung up.
    if (progress_.over()) {
      return note({.wake = true, .forget = true}, at);
    }
    expires_ = now + times_->hang_up_again;
  }
  effects wanted = note({.wake = true}, at);
  settle(now);
  check();
  return wanted;
}

live_call::effects live_call::take_over(const record& known, steady_time now, wall_time at) {
  invariant(!in_doubt(), "a call in doubt keeps its server");
  server_ = known.server;
  history_ = known.history;
  phase_ = known.phase;
  shared_ = true;
  ordered_ = true;
  progress_.resume(known.history.back().state, known.history.back().reason, known.cancelled);
  live_until_ = now + std::max(std::chrono::milliseconds(0), known.live_until - at);
  watched_until_ = now + times_->watch_unheard;
  if (progress_.over()) {
    expires_ = now + times_->linger;
    return everybody;
  }
  // A clock that was set meanwhile tells no age.
  const auto age = at - history_.front().at;
  begun_ = age >= -clocks_apart ? std::optional(now - age) : std::nullopt;
  doubt(now);
  effects wanted = everybody;
  if (phase_ == phase::withdrawn || progress_.cancelled()) {
    expires_ = now + times_->hang_up_again;
    wanted.hang_up = true;
  } else if (phase_ == phase::placed) {
    expires_ = std::min(live_until_, now + times_->lose_after);
  }
  check();
  return wanted;
}

live_call::effects live_call::expire(steady_time now, wall_time at) {
  if (phase_ == phase::withdrawn) {
    if (now < watched_until_) {
      expires_ = now + hang_up_interval();
      return {.hang_up = true};
    }
    return {.forget = true};
  }
  if (progress_.over()) {
    return {.forget = true};
  }
  if (in_dialplan_since_ && now >= *in_dialplan_since_ + times_->dialplan_serves) {
    return serve_from_dialplan(now, at);
  }
  if (in_doubt() && now - *in_doubt_since_ >= times_->lose_after) {
    return lose(now, at);
  }
  if (progress_.cancelled() && now < watched_until_) {
    expires_ = now + times_->hang_up_again;
    return {.hang_up = true};
  }
  if (may_go_on() && now < live_until_) {
    // The order's failure had only overtaken its channels.
    expires_ = in_doubt() ? std::min(live_until_, *in_doubt_since_ + times_->lose_after) : live_until_;
    return {};
  }
  return give_up(now, at);
}

live_call::effects live_call::serve_from_dialplan(steady_time now, wall_time at) {
  in_dialplan_since_.reset();
  if (!progress_.in_dialplan() || in_doubt()) {
    return expire(now, at);
  }
  expires_ = live_until_;
  progress_.serve_from_dialplan();
  const effects wanted = note({.wake = true}, at);
  check();
  return wanted;
}

live_call::effects live_call::let_go() {
  shared_ = false;
  if (phase_ == phase::placing) {
    phase_ = phase::withdrawn;
    refused_ = failure(errc::outcome_unknown, "another instance has taken the call over");
  }
  return {.wake = true, .forget = true};
}

// Its server stays away, and has most likely taken the call with it: nobody may be shown a call for ever.
live_call::effects live_call::lose(steady_time now, wall_time at) {
  progress_.lose();
  effects wanted = note({.wake = true}, at);
  if (progress_.cancelled()) {
    // It may be the way to the server only that is cut: what was to be hung up still is, when that is back.
    expires_ = watched_until_;
  } else {
    in_doubt_since_.reset();
    settle(now);
  }
  check();
  return wanted;
}

// Its time is over, and no end of it was heard.
live_call::effects live_call::give_up(steady_time now, wall_time at) {
  if (progress_.order_failed() && !progress_.exists() && !progress_.cancelled()) {
    progress_.refuse();
  } else {
    progress_.lose();
  }
  in_doubt_since_.reset();
  effects wanted = note({.wake = true}, at);
  settle(now);
  check();
  return wanted;
}

// Adds the call's state to its history, if it is a new one.
live_call::effects live_call::note(effects so_far, wall_time at) {
  if (history_.back().state == progress_.now()) {
    return so_far;
  }
  const std::size_t before = history_.size();
  if (progress_.now() == state::disconnected && history_.back().state != state::connected) {
    history_.push_back({state::connected, reason::none, at});
  }
  history_.push_back({progress_.now(), progress_.why(), at});
  return so_far + effects{.changes = history_.size() - before, .publish = true, .wake = true};
}

// What is over is remembered for a while: for a retry, and for whoever asks how it went.
void live_call::settle(steady_time now) {
  if (phase_ != phase::placed) {
    return;
  }
  if (progress_.over()) {
    listing_ = false;
    in_doubt_since_.reset();
    expires_ = now + times_->linger;
  } else if (progress_.order_failed() && !progress_.exists() && !progress_.cancelled()) {
    // Where "queued" was enough for an answer: the failure may only have overtaken the channels, or there are none.
    expires_ = now + times_->believe_failure;
  } else if (progress_.in_dialplan() && !in_doubt() && !in_dialplan_since_) {
    in_dialplan_since_ = now;
    expires_ = std::min(expires_, now + times_->dialplan_serves);
  }
}

record live_call::to_record(steady_time now, wall_time at) const {
  // An ended call is remembered elsewhere until it is forgotten here.
  const steady_time until = progress_.over() && phase_ != phase::placing ? expires_ : live_until_;
  const auto left = std::clamp<steady_clock::duration>(until - now, std::chrono::seconds(0), longest_record_life);
  return {.iden = who_.iden,
          .home = {},
          .owner = who_.owner,
          .destination = who_.destination,
          .server = server_,
          .phase = phase_,
          .cancelled = progress_.cancelled(),
          .live_until = at + std::chrono::duration_cast<std::chrono::milliseconds>(left),
          .history = history_};
}

std::chrono::milliseconds live_call::record_life(steady_time now) const {
  steady_time until = expires_;
  if (phase_ == phase::placing) {
    until = now + placing_record_life;  // over or not: its answer is still to come
  } else if (!progress_.over()) {
    until = phase_ == phase::placed ? live_until_ : watched_until_ + forgotten_late;
  }
  const auto left = std::clamp<steady_clock::duration>(until - now, shortest_record_life,
                                                       steady_clock::duration(longest_record_life));
  return std::chrono::ceil<std::chrono::milliseconds>(left);
}

void live_call::check() const noexcept {
  invariant(!history_.empty(), "a call's history has a beginning");
  invariant(!complete(history_) || history_.back().state == progress_.now(), "a history's end is its call's");
  invariant(!listing_ || in_doubt(), "channels are listed to end a doubt");
  invariant(phase_ == phase::placing || expires_ != steady_time::max(), "an answered call comes to an end");
  invariant(refused_.has_value() <= (phase_ == phase::withdrawn), "only a withdrawn call was refused");
}

}  // namespace c2c::call
