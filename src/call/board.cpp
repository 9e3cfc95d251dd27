#include "call/board.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace c2c::call {

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
  if (calls_.size() > options_.max_calls) {
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
  call.forget_at = now + longest;
  settle(call, now);
  changed(call);
}

void board::withdraw(live_call& call, failure why, bool may_exist, steady_time now) {
  call.phase = phase::withdrawn;
  call.refused = std::move(why);
  call.forget_at = now + options_.watch_withdrawn;
  if (call.doubtful) {
    call.forget_at = now + options_.watch_unheard;
  }
  changed(call);
  if (!may_exist || call.progress.over()) {
    calls_.erase(ascii::to_lower(call.iden));
  } else if (on_unwanted) {
    on_unwanted(call.server, call.iden);
  }
}

void board::apply(std::string_view server, const ami::message& event, steady_time now) {
  const auto iden = iden_of(event);
  if (iden.empty()) {
    if (event.get("Event") == "CoreShowChannelsComplete") {
      drop_doubtful(server, now);
    }
    return;
  }
  if (const auto found = hearing_.find(std::string(server)); found == hearing_.end() || !found->second) {
    hearing_[std::string(server)] = true;
  }
  key_.assign(iden);
  std::ranges::transform(key_, key_.begin(), ascii::lower);
  const auto found = calls_.find(key_);
  if (found == calls_.end() || found->second->server != server) {
    return;
  }
  // The entry may be dropped below, while it is still in use.
  const std::shared_ptr<live_call> call = found->second;
  const auto name = event.get("Event");
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
      calls_.erase(found);
    } else if (name == "Newchannel" && on_unwanted) {
      on_unwanted(call->server, call->iden);
    }
    return;
  }
  settle(*call, now);
  changed(*call);
}

void board::lost(std::string_view server, steady_time now) {
  hearing_.erase(std::string(server));
  for (const auto& [key, call] : calls_) {
    if (call->server == server) {
      call->doubtful = true;
      changed(*call);
      if (call->phase == phase::withdrawn) {
        call->forget_at = now + options_.watch_unheard;
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
      call->forget_at = now + options_.watch_withdrawn;
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
  std::erase_if(calls_, [now](const auto& each) { return each.second->forget_at <= now; });
}

bool board::hears(std::string_view server) const {
  const auto found = hearing_.find(std::string(server));
  return found != hearing_.end() && found->second;
}

void board::changed(live_call& call) {
  const auto watchers = std::exchange(call.watchers, {});
  for (const auto& tell : watchers) {
    tell();
  }
}

void board::settle(live_call& call, steady_time now) const {
  if (call.phase == phase::placed && call.progress.over()) {
    call.forget_at = std::min(call.forget_at, now + options_.linger);
  }
}

}  // namespace c2c::call
