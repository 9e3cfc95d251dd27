#include "call/board.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ranges>
#include <utility>

#include "base/ascii.hpp"

namespace c2c::call {
namespace {

bool tells_something(std::string_view event) noexcept {
  static constexpr std::array<std::string_view, 8> names{"Newchannel",    "DialBegin",         "DialEnd",
                                                         "BridgeEnter",   "OriginateResponse", "Hangup",
                                                         "HangupRequest", "CoreShowChannel"};
  return std::ranges::find(names, event) != names.end();
}

}  // namespace

board::admitted board::admit(std::string_view iden, std::string_view owner, std::string_view destination,
                             std::string_view server) {
  const auto [slot, inserted] = calls_.try_emplace(ascii::to_lower(iden));
  if (!inserted) {
    const auto& call = slot->second;
    if (call->owner != owner || call->destination != destination) {
      return {admission::conflict, call};
    }
    return {call->phase == phase::withdrawn ? admission::withdrawn : admission::same, call};
  }
  if (calls_.size() > options_.max_calls && !make_room()) {
    calls_.erase(slot);
    return {admission::full, nullptr};
  }
  slot->second = std::make_shared<live_call>(iden);
  slot->second->owner = owner;
  slot->second->destination = destination;
  slot->second->server = server;
  note(*slot->second);
  return {admission::fresh, slot->second};
}

void board::place(live_call& call, std::chrono::milliseconds longest, steady_time now) {
  call.phase = phase::placed;
  call.live_until = now + longest;
  forget_at(call, call.live_until);
  for (std::size_t number = 1; on_change && number <= call.told.size(); ++number) {
    on_change(call, number);
  }
  settle(call, now);
  changed(call);
}

void board::refuse(live_call& call, steady_time now) {
  call.progress.refuse();
  call.told.clear();
  note(call);
  place(call, options_.linger, now);
}

void board::withdraw(live_call& call, failure why, bool may_exist, steady_time now) {
  call.phase = phase::withdrawn;
  call.refused = std::move(why);
  call.watched_until = now + options_.watch_unheard;
  const auto watch = call.progress.exists() ? options_.hang_up_again : options_.watch_withdrawn;
  forget_at(call, call.doubtful ? call.watched_until : now + watch);
  changed(call);
  if (!may_exist || call.progress.over()) {
    forget(call);
  } else {
    hang_up(call);
  }
}

void board::release(live_call& call) {
  call.phase = phase::placed;
  changed(call);
  forget(call);
}

std::shared_ptr<live_call> board::by_key(const std::string& key) const {
  const auto found = calls_.find(key);
  return found == calls_.end() ? nullptr : found->second;
}

std::shared_ptr<live_call> board::find(std::string_view iden, std::string_view owner) const {
  const auto found = calls_.find(ascii::to_lower(iden));
  const bool known = found != calls_.end() && found->second->phase == phase::placed && found->second->owner == owner;
  return known ? found->second : nullptr;
}

bool board::follow(live_call& call, std::shared_ptr<follower> who) const {
  if (complete(call.told)) {
    return true;
  }
  if (call.followers.size() >= options_.max_followers) {
    return false;
  }
  call.followers.push_back(std::move(who));
  return true;
}

void board::unfollow(live_call& call, const follower* who) {
  std::erase_if(call.followers, [who](const auto& each) { return each.get() == who; });
}

void board::cancel(live_call& call, steady_time now) {
  if (call.cancelled || call.progress.over()) {
    return;
  }
  call.cancelled = true;
  call.progress.cancel();
  const bool may_go_on = call.progress.exists() || call.doubtful;
  call.watched_until = now + (may_go_on ? options_.watch_unheard : options_.watch_withdrawn);
  forget_at(call, now + options_.hang_up_again);
  hang_up(call);
  changed(call);
}

void board::apply(std::string_view server, const asterisk::message& event, steady_time now) {
  // Most events are none of ours: their name tells before anything else is looked for.
  const auto name = event.get("Event");
  if (name == "CoreShowChannelsComplete") {
    recover_doubtful(server, now);
    return;
  }
  if (!tells_something(name)) {
    return;
  }
  const auto iden = iden_of(event);
  if (iden.empty()) {
    return;
  }
  // A list of channels is an answer to us, which comes without the right to hear events as well.
  if (name != "CoreShowChannel" && !hearing_.contains(server)) {
    hearing_.emplace(server);
  }
  key_.assign(iden);
  std::ranges::transform(key_, key_.begin(), ascii::lower);
  const auto found = calls_.find(key_);
  if (found == calls_.end() || found->second->server != server) {
    return;
  }
  // The entry may be dropped below, while it is still in use.
  const std::shared_ptr<live_call> call = found->second;
  // Another call's Originate that fails on our iden tells nothing about ours.
  if (name == "OriginateResponse" && event.get("ActionID") != call->action_id) {
    return;
  }
  if (call->doubtful) {
    list_channel(*call, event);
  }
  if (name == "CoreShowChannel") {
    return;
  }
  const bool was_over = call->progress.over();
  call->progress.apply(event);
  note(*call);
  if (call->phase == phase::withdrawn) {
    if (call->progress.over()) {
      forget(*call);
    } else if (name == "Newchannel") {
      forget_at(*call, now + options_.hang_up_again);
      hang_up(*call);
    }
    return;
  }
  if (!was_over) {
    settle(*call, now);
  }
  changed(*call);
}

void board::sweep(steady_time now) {
  lose_unheard(now);
  list_overdue(now);
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    live_call& call = *expiries_.begin()->second;
    const bool lives_on =
        call.phase == phase::withdrawn ? call.progress.exists() : call.cancelled && !call.progress.over();
    if (lives_on && now < call.watched_until) {
      // A hang-up can get lost with its session, or wait too long for its turn.
      forget_at(call, now + options_.hang_up_again);
      hang_up(call);
    } else if (call.phase == phase::placed && call.progress.exists() && now < call.live_until) {
      forget_at(call, call.live_until);  // its channels came after all
    } else if (call.phase == phase::placed && !call.progress.over()) {
      give_up(call, now);
    } else {
      forget(call);
    }
  }
}

bool board::hears(std::string_view server) const {
  return hearing_.contains(server);
}

void board::hang_up(const live_call& call) const {
  if (on_unwanted) {
    on_unwanted(call.server, call.progress.hang_up_id());
  }
}

void board::changed(live_call& call) const {
  auto& last = call.recorded;
  if (call.shared && on_record &&
      (last.phase != call.phase || last.cancelled != call.cancelled || last.changes != call.told.size())) {
    last = {call.phase, call.cancelled, call.told.size()};
    on_record(call);
  }
  const auto watchers = std::exchange(call.watchers, {});
  for (const auto& each : watchers) {
    each.wake();
  }
}

// Adds the call's state to its history, if it is a new one.
void board::note(live_call& call) const {
  if (!call.told.empty() && call.told.back().what == call.progress.now()) {
    return;
  }
  const change now{call.progress.now(), call.progress.why(), options_.clock()};
  call.told.push_back(now);
  const auto number = call.told.size();
  for (const auto& each : call.followers) {
    each->on_change(now, number);
  }
  if (call.progress.over()) {
    call.followers = {};
  }
  if (call.phase == phase::placed && on_change) {
    on_change(call, number);
  }
}

// Its time is over, and no end of it was heard.
void board::give_up(live_call& call, steady_time now) {
  if (!call.progress.originate_failed() || call.progress.exists()) {
    lose(call, now);
    return;
  }
  call.progress.refuse();
  note(call);
  settle(call, now);
  changed(call);
}

void board::lose(live_call& call, steady_time now) {
  call.progress.lose();
  note(call);
  settle(call, now);
  changed(call);
}

// What is over is remembered for a while: for a retry, and for whoever asks how it went.
void board::settle(live_call& call, steady_time now) {
  if (call.phase != phase::placed) {
    return;
  }
  if (call.progress.over()) {
    forget_at(call, now + options_.linger);
  } else if (call.progress.originate_failed() && !call.progress.exists()) {
    // Where "queued" was enough for an answer: the failure may only have overtaken the channels, or there are none.
    forget_at(call, now + options_.believe_failure);
  }
}

void board::forget_at(live_call& call, steady_time when) {
  expiries_.erase({call.forget_at, &call});
  call.forget_at = when;
  expiries_.emplace(when, &call);
}

void board::forget(live_call& call) {
  if (call.shared && call.phase != phase::placed && on_forgotten) {
    on_forgotten(call);
  }
  expiries_.erase({call.forget_at, &call});
  calls_.erase(calls_.find(call.key));
}

// Calls that are over wait only for retries: the one that has waited longest goes first. Those that are being hung up
// may stand before it.
bool board::make_room() {
  static constexpr std::ptrdiff_t most_looked_at = 64;
  const auto soonest = expiries_ | std::views::take(most_looked_at);
  const auto over = std::ranges::find_if(soonest, [](const auto& each) { return each.second->progress.over(); });
  if (over == soonest.end()) {
    return false;
  }
  forget(*(*over).second);
  return true;
}

}  // namespace c2c::call
