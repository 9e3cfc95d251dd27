#include "call/board.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/ascii.hpp"
#include "log/invariant.hpp"

namespace c2c::call {

board::admitted board::admit(live_call::identity who, std::string server, std::chrono::milliseconds longest,
                             steady_time now) {
  std::string key = ascii::to_lower(who.iden);
  if (const auto found = calls_.find(key); found != calls_.end()) {
    const live_call& call = found->second->call;
    call_view view(found->second, &call);
    if (call.owner() != who.owner || call.destination() != who.destination) {
      return {admission::conflict, std::move(view)};
    }
    return {call.phase() == phase::withdrawn ? admission::withdrawn : admission::same, std::move(view)};
  }
  if (calls_.size() >= options_.max_calls && !make_room()) {
    return {admission::full, nullptr};
  }
  live_call made(std::move(who), std::move(server), longest, options_.times, now, options_.wall());
  auto added =
      std::make_shared<entry>(entry{.call = std::move(made), .followers = {}, .waiters = {}, .number = ++admitted_});
  calls_.emplace(std::move(key), added);
  count_alive(added->call.owner(), false, true);
  return {admission::fresh, call_view(added, &added->call)};
}

board::handle board::entry_of(const live_call& call) const {
  const auto found = calls_.find(call.key());
  return found != calls_.end() && &found->second->call == &call ? found->second : nullptr;
}

template <class Transition>
void board::change(const handle& of, Transition transition, steady_time now) {
  if (!of) {
    return;
  }
  live_call& call = of->call;
  const bool doubted = call.in_doubt();
  const bool was_alive = !call.progress().over();
  const steady_time expired = call.expires();
  const live_call::effects wanted = transition(call);
  if (expired != call.expires()) {
    expiries_.erase({expired, of->number});
    if (call.expires() != steady_time::max()) {
      expiries_.emplace(std::pair(call.expires(), of->number), of.get());
    }
  }
  count_doubt(call.server(), doubted, call.in_doubt());
  count_alive(call.owner(), was_alive, !call.progress().over());
  carry_out(of, wanted);
  if (!doubted && call.in_doubt() && calls_.contains(call.key())) {
    ask_for_list(call.server(), now);
  }
}

void board::carry_out(const handle& of, const live_call::effects& wanted) {
  const live_call& call = of->call;
  const history& past = call.history();
  for (std::size_t number = past.size() - std::min(wanted.changes, past.size()) + 1; number <= past.size(); ++number) {
    for (const auto& follower : of->followers) {
      follower->on_change(past[number - 1], number);
    }
    if (call.phase() == phase::placed) {
      observer_->on_change(call, number);
    }
  }
  if (call.progress().over()) {
    of->followers.clear();
  }
  if (wanted.publish && call.shared() && !wanted.forget) {
    observer_->publish(call);
  }
  if (wanted.wake) {
    for (const waiter& waiter : std::exchange(of->waiters, {})) {
      waiter.wake();
    }
  }
  if (wanted.hang_up) {
    observer_->hang_up(call);
  }
  if (wanted.forget) {
    forget(of);
  }
}

void board::forget(const handle& of) {
  const live_call& call = of->call;
  if (call.shared() && call.phase() != phase::placed) {
    observer_->unpublish(call);
  }
  expiries_.erase({call.expires(), of->number});
  count_doubt(call.server(), call.in_doubt(), false);
  count_alive(call.owner(), !call.progress().over(), false);
  invariant(of->followers.empty() || !call.progress().over(), "who follows a call hears its end");
  calls_.erase(call.key());
}

void board::count_doubt(const std::string& server, bool before, bool after) {
  if (before == after) {
    return;
  }
  server_state& state = servers_[server];
  if (after) {
    if (++state.in_doubt == 1) {
      observer_->hold(server);
    }
  } else if (--state.in_doubt == 0) {
    state.list.reset();
    observer_->release(server);
    drop_unused(server);
  }
}

void board::count_alive(const std::string& owner, bool before, bool after) {
  if (before == after) {
    return;
  }
  if (after) {
    ++alive_[owner];
  } else if (const auto found = alive_.find(owner); --found->second == 0) {
    alive_.erase(found);
  }
}

std::size_t board::alive_of(const std::string& owner) const {
  const auto found = alive_.find(owner);
  return found == alive_.end() ? 0 : found->second;
}

// There is no session with the server, and no call waits for one.
void board::drop_unused(const std::string& server) {
  const auto found = servers_.find(server);
  if (found != servers_.end() && !found->second.ready && found->second.in_doubt == 0) {
    servers_.erase(found);
  }
}

// Calls that are over wait only for retries: the one that has waited longest goes first. Those that are being hung up
// may stand before it.
bool board::make_room() {
  static constexpr std::ptrdiff_t most_looked_at = 64;
  const auto soonest = expiries_ | std::views::take(most_looked_at);
  const auto over = std::ranges::find_if(
      soonest, [](const auto& due) { return due.second->call.progress().over() && !due.second->call.in_doubt(); });
  if (over == soonest.end()) {
    return false;
  }
  forget(entry_of((*over).second->call));
  return true;
}

void board::sent(const live_call& call, std::string_view order) {
  if (const auto of = entry_of(call)) {
    of->call.sent(order);
  }
}

void board::share(const live_call& call) {
  if (const auto of = entry_of(call)) {
    of->call.share();
  }
}

void board::unshare(const live_call& call) {
  if (const auto of = entry_of(call)) {
    of->call.unshare();
  }
}

void board::place(const live_call& call, steady_time now) {
  change(entry_of(call), [&](live_call& it) { return it.place(now); }, now);
}

void board::refuse(const live_call& call, steady_time now) {
  change(entry_of(call), [&](live_call& it) { return it.refuse(now, options_.wall()); }, now);
}

void board::withdraw(const live_call& call, failure why, bool may_exist, steady_time now) {
  change(entry_of(call), [&](live_call& it) { return it.withdraw(std::move(why), may_exist, now); }, now);
}

void board::release(const live_call& call, steady_time now) {
  change(entry_of(call), [](live_call& it) { return it.release(); }, now);
}

void board::cancel(const live_call& call, steady_time now) {
  change(entry_of(call), [&](live_call& it) { return it.cancel(now); }, now);
}

void board::take_over(const live_call& call, const record& known, steady_time now) {
  change(entry_of(call), [&](live_call& it) { return it.take_over(known, now, options_.wall()); }, now);
}

void board::let_go(const live_call& call, steady_time now) {
  change(entry_of(call), [](live_call& it) { return it.let_go(); }, now);
}

void board::hang_up_answered(const std::string& key, bool allowed, steady_time now) {
  if (const auto found = calls_.find(key); found != calls_.end()) {
    change(found->second, [&](live_call& it) { return it.hang_up_answered(allowed); }, now);
  }
}

void board::apply(std::string_view server, const pbx::event& event, steady_time now) {
  if (std::holds_alternative<pbx::list_done>(event.fact)) {
    return end_list(std::string(server), now);
  }
  // A list of channels is an answer to us, which comes without the right to hear events as well.
  if (!std::holds_alternative<pbx::channel_listed>(event.fact)) {
    const auto state = servers_.find(server);
    if (state == servers_.end()) {
      servers_[std::string(server)].heard = true;
    } else {
      state->second.heard = true;
    }
  }
  key_.assign(event.iden);
  std::ranges::transform(key_, key_.begin(), ascii::lower);
  const auto found = calls_.find(key_);
  if (found == calls_.end() || found->second->call.server() != server) {
    return;
  }
  const handle of = found->second;
  change(of, [&](live_call& it) { return it.hear(event, now, options_.wall()); }, now);
}

std::vector<board::handle> board::calls_of(std::string_view server) const {
  std::vector<handle> out;
  for (const auto& [key, of] : calls_) {
    if (of->call.server() == server) {
      out.push_back(of);
    }
  }
  return out;
}

void board::server_lost(std::string_view server, steady_time now) {
  server_state& state = servers_[std::string(server)];
  state.ready = false;
  state.heard = false;
  state.list.reset();
  for (const handle& of : calls_of(server)) {
    change(of, [&](live_call& it) { return it.server_lost(now); }, now);
  }
  drop_unused(std::string(server));
}

void board::server_ready(std::string_view server, steady_time now) {
  server_state& state = servers_[std::string(server)];
  state.ready = true;
  for (const handle& of : calls_of(server)) {
    change(of, [&](live_call& it) { return it.server_ready(now); }, now);
  }
  if (state.in_doubt > 0) {
    ask_for_list(std::string(server), now);
  }
}

// One list at a time: a call that comes into doubt while one is drawn up may be missing in it, and waits for the next.
void board::ask_for_list(const std::string& server, steady_time now) {
  server_state& state = servers_[server];
  if (!state.ready) {
    return;  // once it is
  }
  if (state.list && now - state.list->asked < options_.list_again) {
    state.list->once_more = true;
    return;
  }
  state.list = {.asked = now};
  for (const handle& of : calls_of(server)) {
    if (of->call.in_doubt()) {
      of->call.begin_list();
    }
  }
  observer_->list_channels(server);
}

void board::end_list(const std::string& server, steady_time now) {
  const auto state = servers_.find(server);
  if (state == servers_.end() || !state->second.list) {
    return;
  }
  const bool once_more = std::exchange(state->second.list, std::nullopt)->once_more;
  for (const handle& of : calls_of(server)) {
    if (of->call.listing()) {
      change(of, [&](live_call& it) { return it.end_list(now, options_.wall()); }, now);
    }
  }
  if (once_more && state->second.in_doubt > 0) {
    ask_for_list(server, now);
  }
}

void board::sweep(steady_time now) {
  std::vector<std::string> overdue;
  for (const auto& [server, state] : servers_) {
    if (state.list && now - state.list->asked >= options_.list_again) {
      overdue.push_back(server);
    }
  }
  for (const std::string& server : overdue) {
    ask_for_list(server, now);
  }
  while (!expiries_.empty() && expiries_.begin()->first.first <= now) {
    const handle of = entry_of(expiries_.begin()->second->call);
    invariant(of != nullptr, "what expires is on the board");
    change(of, [&](live_call& it) { return it.expire(now, options_.wall()); }, now);
  }
}

call_view board::by_key(const std::string& key) const {
  const auto found = calls_.find(key);
  return found == calls_.end() ? nullptr : call_view(found->second, &found->second->call);
}

call_view board::find(std::string_view iden, std::string_view owner) const {
  auto call = by_key(ascii::to_lower(iden));
  const bool known = call && call->phase() == phase::placed && call->owner() == owner;
  return known ? call : nullptr;
}

std::vector<std::string> board::shared_keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, of] : calls_) {
    if (of->call.shared()) {
      keys.push_back(key);
    }
  }
  return keys;
}

bool board::follow(const live_call& call, std::shared_ptr<follower> who) {
  const auto of = entry_of(call);
  if (!of || complete(call.history())) {
    return true;
  }
  if (of->followers.size() >= options_.max_followers) {
    return false;
  }
  of->followers.push_back(std::move(who));
  return true;
}

void board::unfollow(const live_call& call, const follower* who) {
  if (const auto of = entry_of(call)) {
    std::erase_if(of->followers, [who](const auto& follower) { return follower.get() == who; });
  }
}

void board::wait(const live_call& call, const void* who, std::function<void()> wake) {
  if (const auto of = entry_of(call)) {
    of->waiters.push_back({who, std::move(wake)});
  }
}

void board::stop_waiting(const live_call& call, const void* who) {
  if (const auto of = entry_of(call)) {
    std::erase_if(of->waiters, [who](const waiter& waiter) { return waiter.who == who; });
  }
}

bool board::hears(std::string_view server) const {
  const auto state = servers_.find(server);
  return state != servers_.end() && state->second.heard;
}

}  // namespace c2c::call
