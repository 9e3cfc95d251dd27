#include "call/board.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace c2c::call {
namespace {

bool tells_something(std::string_view event) noexcept {
  static constexpr std::array<std::string_view, 7> names{
      "Newchannel", "DialBegin", "DialEnd", "BridgeEnter", "OriginateResponse", "Hangup", "CoreShowChannel"};
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
  return {admission::fresh, slot->second};
}

void board::place(live_call& call, std::chrono::milliseconds longest, steady_time now) {
  call.phase = phase::placed;
  forget_at(call, now + longest);
  settle(call, now);
  changed(call);
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
  } else if (on_unwanted) {
    on_unwanted(call.server, call.iden);
  }
}

void board::apply(std::string_view server, const ami::message& event, steady_time now) {
  // Most events are none of ours: their name tells before anything else is looked for.
  const auto name = event.get("Event");
  if (name == "CoreShowChannelsComplete") {
    drop_doubtful(server, now);
    return;
  }
  if (!tells_something(name)) {
    return;
  }
  const auto iden = iden_of(event);
  if (iden.empty()) {
    return;
  }
  if (!hearing_.contains(server)) {
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
  call->doubtful = false;
  if (name == "CoreShowChannel") {
    return;
  }
  call->progress.apply(event);
  if (call->phase == phase::withdrawn) {
    if (call->progress.over()) {
      forget(*call);
    } else if (name == "Newchannel") {
      forget_at(*call, now + options_.hang_up_again);
      if (on_unwanted) {
        on_unwanted(call->server, call->iden);
      }
    }
    return;
  }
  settle(*call, now);
  changed(*call);
}

void board::lost(std::string_view server, steady_time now) {
  if (const auto heard = hearing_.find(server); heard != hearing_.end()) {
    hearing_.erase(heard);
  }
  for (const auto& [key, call] : calls_) {
    if (call->server == server) {
      call->doubtful = true;
      changed(*call);
      if (call->phase == phase::withdrawn) {
        forget_at(*call, now + options_.watch_unheard);
      }
    }
  }
}

board::regained_calls board::regained(std::string_view server, steady_time now) {
  regained_calls found;
  for (const auto& [key, call] : calls_) {
    if (call->server != server) {
      continue;
    }
    if (call->phase == phase::withdrawn) {
      const auto watch = call->progress.exists() ? options_.hang_up_again : options_.watch_withdrawn;
      forget_at(*call, now + watch);
      found.unwanted.push_back(call->iden);
    } else if (call->doubtful) {
      found.ask_for_channels = true;
    }
  }
  return found;
}

void board::drop_doubtful(std::string_view server, steady_time now) {
  for (const auto& [key, call] : calls_) {
    if (call->doubtful && call->server == server && call->phase == phase::placed) {
      call->doubtful = false;
      call->progress.lose();
      settle(*call, now);
      changed(*call);
    }
  }
}

void board::sweep(steady_time now) {
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    live_call& call = *expiries_.begin()->second;
    if (call.phase == phase::withdrawn && call.progress.exists() && now < call.watched_until) {
      // A hang-up can get lost with its session, or wait too long for its turn.
      forget_at(call, now + options_.hang_up_again);
      if (on_unwanted) {
        on_unwanted(call.server, call.iden);
      }
    } else {
      forget(call);
    }
  }
}

bool board::hears(std::string_view server) const {
  return hearing_.contains(server);
}

void board::changed(live_call& call) {
  const auto watchers = std::exchange(call.watchers, {});
  for (const auto& tell : watchers) {
    tell();
  }
}

void board::settle(live_call& call, steady_time now) {
  if (call.phase == phase::placed && call.progress.over()) {
    forget_at(call, std::min(call.forget_at, now + options_.linger));
  }
}

void board::forget_at(live_call& call, steady_time when) {
  expiries_.erase({call.forget_at, &call});
  call.forget_at = when;
  expiries_.emplace(when, &call);
}

void board::forget(live_call& call) {
  expiries_.erase({call.forget_at, &call});
  calls_.erase(calls_.find(call.key));
}

// Calls that are over wait only for retries: the one that has waited longest goes first.
bool board::make_room() {
  if (expiries_.empty() || !expiries_.begin()->second->progress.over()) {
    return false;
  }
  forget(*expiries_.begin()->second);
  return true;
}

}  // namespace c2c::call
