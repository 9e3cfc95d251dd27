// Calls in doubt: their server's session was lost, or the instance that had watched them.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/ascii.hpp"
#include "call/board.hpp"

namespace c2c::call {
namespace {

// A call has four channels, six while one is transferred.
constexpr std::size_t most_listed = 32;

}  // namespace

// What the list of a doubtful call's channels says, and what has happened to them since it was drawn up.
void board::list_channel(live_call& call, const asterisk::message& what) {
  if (!call.asked_for) {
    return;
  }
  const auto event = what.get("Event");
  if (event == "Hangup") {
    const std::string gone = ascii::to_lower(what.get("Uniqueid"));
    std::erase_if(call.found, [&](const listed& each) { return each.unique_id == gone; });
  } else if ((event == "CoreShowChannel" || event == "Newchannel") && call.found.size() < most_listed) {
    call.found.push_back(listed::from(what));
  }
}

void board::lost(std::string_view server, steady_time now) {
  if (const auto heard = hearing_.find(server); heard != hearing_.end()) {
    hearing_.erase(heard);
  }
  if (const auto session = sessions_.find(server); session != sessions_.end()) {
    sessions_.erase(session);
  }
  if (const auto list = lists_.find(server); list != lists_.end()) {
    lists_.erase(list);
  }
  for (const auto& [key, call] : calls_) {
    if (call->server == server && !call->progress.over()) {
      call->doubtful = true;
      call->asked_for = false;
      unheard_since_.try_emplace(std::string(server), now);
      changed(*call);
      if (call->phase == phase::withdrawn) {
        forget_at(*call, now + options_.watch_unheard);
      }
    }
  }
}

std::vector<std::string> board::regained(std::string_view server, steady_time now) {
  sessions_.emplace(server);
  std::vector<std::string> unwanted;
  bool any_in_doubt = false;
  for (const auto& [key, call] : calls_) {
    if (call->server != server) {
      continue;
    }
    const bool withdrawn = call->phase == phase::withdrawn;
    if (withdrawn) {
      call->doubtful = false;
      const auto watch = call->progress.exists() ? options_.hang_up_again : options_.watch_withdrawn;
      forget_at(*call, now + watch);
    }
    if (withdrawn || (call->cancelled && call->doubtful)) {
      unwanted.push_back(call->progress.hang_up_id());
    }
    if (call->phase == phase::placed && call->doubtful && call->progress.over()) {
      call->doubtful = false;
      forget_at(*call, now + options_.linger);
    }
    any_in_doubt = any_in_doubt || call->doubtful;
  }
  if (any_in_doubt) {
    list_channels(std::string(server), now);
  }
  return unwanted;
}

// One list at a time: a call that comes into doubt while one is drawn up may be missing in it, and waits for the next.
void board::list_channels(const std::string& server, steady_time now) {
  if (!sessions_.contains(server)) {
    return;  // once there is one
  }
  const auto [mine, fresh] = lists_.try_emplace(server, now);
  if (!fresh && now - mine->second.asked < options_.list_again) {
    mine->second.once_more = true;
    return;
  }
  mine->second = {now};
  bool any = false;
  for (const auto& [key, call] : calls_) {
    if (call->doubtful && call->server == server) {
      call->found.clear();
      call->asked_for = true;
      any = true;
    }
  }
  if (!any) {
    lists_.erase(mine);
  } else if (on_list_wanted) {
    on_list_wanted(server);
  }
}

void board::list_overdue(steady_time now) {
  std::vector<std::string> overdue;
  for (const auto& [server, list] : lists_) {
    if (now - list.asked >= options_.list_again) {
      overdue.push_back(server);
    }
  }
  for (const std::string& server : overdue) {
    list_channels(server, now);
  }
}

void board::recover_doubtful(std::string_view server, steady_time now) {
  const auto done = lists_.find(server);
  if (done == lists_.end()) {
    return;
  }
  const bool once_more = done->second.once_more;
  lists_.erase(done);
  for (const auto& [key, call] : calls_) {
    if (call->asked_for && call->server == server) {
      call->asked_for = false;
      call->doubtful = false;
      call->progress.recover(std::exchange(call->found, {}));
      note(*call);
      settle(*call, now);
      changed(*call);
    }
  }
  if (once_more) {
    list_channels(std::string(server), now);
  } else if (const auto since = unheard_since_.find(server); since != unheard_since_.end()) {
    unheard_since_.erase(since);
  }
}

// A server that stays away has most likely taken its calls with it, and nobody may be shown a call for ever.
void board::lose_unheard(steady_time now) {
  for (auto each = unheard_since_.begin(); each != unheard_since_.end();) {
    if (now - each->second < options_.lose_after) {
      ++each;
      continue;
    }
    for (const auto& [key, call] : calls_) {
      if (call->doubtful && call->server == each->first && call->phase == phase::placed) {
        lose(*call, now);
        if (call->cancelled) {
          // It may be the way to the server only that is cut: what was to be hung up still is, when that is back.
          forget_at(*call, call->watched_until);
        } else {
          call->doubtful = false;
        }
      }
    }
    each = unheard_since_.erase(each);
  }
}

void board::take_over(live_call& call, const record& known, steady_time now) {
  call.server = known.server;
  call.told = known.told;
  call.phase = known.phase;
  call.cancelled = known.cancelled;
  call.shared = true;
  call.progress.resume(known.told.back().what, known.told.back().why, known.cancelled);
  call.live_until = now + std::max(std::chrono::milliseconds(0), known.live_until - options_.clock());
  call.watched_until = now + options_.watch_unheard;
  if (call.progress.over()) {
    forget_at(call, now + options_.linger);
    return changed(call);
  }
  call.doubtful = true;
  unheard_since_.try_emplace(call.server, now);
  const bool unwanted = call.cancelled || call.phase == phase::withdrawn;
  if (call.phase != phase::placing) {
    forget_at(call, unwanted ? now + options_.hang_up_again : call.live_until);
  }
  if (unwanted) {
    hang_up(call);
  }
  list_channels(call.server, now);
  changed(call);
}

record board::record_of(const live_call& call, steady_time now) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(record_life(call, now));
  return {.iden = call.iden,
          .home = {},
          .owner = call.owner,
          .destination = call.destination,
          .server = call.server,
          .phase = call.phase,
          .cancelled = call.cancelled,
          .live_until = options_.clock() + left,
          .told = call.told};
}

// Until the call is forgotten here, or a little longer: an iden must not be free elsewhere before it is here.
std::chrono::milliseconds board::record_life(const live_call& call, steady_time now) const {
  static constexpr std::chrono::seconds longest = std::chrono::hours(48);
  static constexpr std::chrono::seconds shortest{5};
  static constexpr std::chrono::seconds placing{60};
  steady_time until = call.forget_at;
  if (!call.progress.over()) {
    switch (call.phase) {
      case phase::placing: until = now + placing; break;
      case phase::placed: until = call.live_until; break;
      case phase::withdrawn: until = call.watched_until; break;
    }
  }
  const auto left = std::min<steady_clock::duration>(until - now, longest);
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(shortest));
}

std::vector<std::string> board::shared_keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, call] : calls_) {
    if (call->shared) {
      keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace c2c::call
