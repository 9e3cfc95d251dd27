#include "cluster/sharing.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::cluster {
namespace {

using call::board;
using call::call_view;
using call::follower;
using call::history;
using call::live_call;
using call::phase;
using call::record;

constexpr std::chrono::seconds keep_up_interval{1};
constexpr std::chrono::milliseconds ask_again{100};
constexpr std::chrono::milliseconds ask_for_news{25};
constexpr std::chrono::seconds placed_soon{1};
constexpr std::size_t most_followers = 16;  // as on the board
// Records that are asked for, or written, at once. Redis answers as many in a few milliseconds.
constexpr std::size_t most_asked_at_once = 256;
constexpr std::size_t most_told_at_once = 1'000;
// Without a record nobody knows any more how the call goes.
constexpr std::chrono::seconds lose_after{60};
constexpr std::chrono::hours adopted_life{1};  // until its record has said how long

}  // namespace

sharing::sharing(asio::io_context& context, board& calls, peers& others)
    : context_(context), calls_(calls), others_(others), timer_(context.get_executor()) {
  others_.handle({
      .on_call = [this](const record& news) { merge(news); },
      .on_hang_up =
          [this](std::string_view iden, std::string_view owner) {
            if (const auto call = calls_.find(iden, owner)) {
              calls_.cancel(*call, steady_clock::now());
            }
          },
      .on_back = [this] { tell_all_again(); },
  });
  net::spawn_lasting(context_.get_executor(), "keeping up with other instances", [this] { return keep_up(); });
}

sharing::~sharing() = default;

void sharing::stop() {
  *stopped_ = true;
  timer_.cancel();
}

task<result<sharing::claimed>> sharing::claim(call_view call, steady_time deadline) {
  timer wait(context_.get_executor());
  for (;;) {
    record mine = calls_.record_of(*call, steady_clock::now());
    mine.home = others_.name();
    auto got = co_await others_.claim(std::move(mine));
    if (!got) {
      co_return std::unexpected(got.error());
    }
    if (!*got) {
      calls_.share(*call);
      co_return claimed::mine;
    }
    const record there = std::move(**got);
    if (there.home == others_.name()) {  // which has forgotten it
      calls_.share(*call);
      publish(*call);
      co_return claimed::mine;
    }
    if (there.owner != call->owner() || there.destination != call->destination()) {
      co_return fail(errc::iden_in_use);
    }
    if (there.phase == phase::placed && call::complete(there.told)) {
      co_return claimed::placed;
    }
    const auto alive = co_await others_.alive(there.home);
    if (!alive) {
      co_return std::unexpected(alive.error());
    }
    if (!*alive) {
      take_over(*call, there);
    }
    switch (there.phase) {
      case phase::placed: co_return claimed::placed;
      case phase::withdrawn: co_return fail(errc::rejected, "the iden's last call may still be alive");
      case phase::placing: break;
    }
    if (!*alive) {
      co_return claimed::placing;
    }
    if (steady_clock::now() + ask_again >= deadline) {
      co_return fail(errc::timed_out, "the iden's first call was not answered in time");
    }
    wait.expires_after(ask_again);
    co_await wait.async_wait(as_result);
  }
}

task<result<sharing::found>> sharing::find(std::string iden, std::string owner) {
  const steady_time deadline = steady_clock::now() + placed_soon;
  timer wait(context_.get_executor());
  for (;;) {
    const auto got = co_await others_.find(iden);
    if (!got) {
      co_return std::unexpected(got.error());
    }
    if (const auto here = calls_.find(iden, owner)) {
      co_return found{.here = here, .there = {}};  // taken over meanwhile
    }
    if (!*got || (*got)->owner != owner || (*got)->phase == phase::withdrawn) {
      co_return fail(errc::unknown_call);
    }
    record there = **got;
    if (there.phase == phase::placed && call::complete(there.told)) {
      co_return found{.here = nullptr, .there = std::move(there)};
    }
    if (there.home == others_.name()) {
      co_return fail(errc::unknown_call);
    }
    const auto alive = co_await others_.alive(there.home);
    if (!alive) {
      co_return std::unexpected(alive.error());
    }
    const bool late = steady_clock::now() >= deadline;
    if (!*alive) {
      // Who asks holds the call's ticket, so that its 200 was sent, whatever the instance could still write down.
      there.phase = phase::placed;
      auto here = adopt(there);
      if (here) {
        co_return found{.here = std::move(*here), .there = {}};
      }
      if (here.error().code == errc::unknown_call || late) {
        co_return std::unexpected(std::move(here.error()));
      }
    } else if (there.phase == phase::placed) {
      co_return found{.here = nullptr, .there = std::move(there)};
    } else if (late) {
      co_return fail(errc::unknown_call);
    }
    // Its 200 may have overtaken what the home tells Redis, or a retry of it is being answered here.
    wait.expires_after(ask_for_news);
    co_await wait.async_wait(as_result);
  }
}

result<call_view> sharing::adopt(const record& there) {
  auto met = calls_.admit({.iden = there.iden, .owner = there.owner, .destination = there.destination}, there.server,
                          adopted_life, steady_clock::now());
  switch (met.how) {
    case board::admission::full: return fail(errc::overloaded, "as many calls are alive as may be");
    case board::admission::fresh: take_over(*met.call, there); break;
    case board::admission::same: break;
    // Redis has lost what it was told: the iden is here another's, or a call's that was answered with an error.
    case board::admission::conflict:
    case board::admission::withdrawn: return fail(errc::unknown_call);
  }
  if (met.call->phase() == phase::placing) {
    return fail(errc::overloaded, "a retry of the call is being answered");
  }
  take_over_followed(met.call->key());
  return met.call;
}

// Who followed the call there goes on here.
void sharing::take_over_followed(const std::string& key) {
  const auto followed = remotes_.find(key);
  const auto call = calls_.by_key(key);
  if (followed == remotes_.end() || !call) {
    return;
  }
  record now = calls_.record_of(*call, steady_clock::now());
  now.home = others_.name();
  const auto followers = followed->second.followers;
  merge(now);  // what they have not heard of it yet
  for (const auto& follower : followers) {
    calls_.follow(*call, follower);
  }
  drop(key);
}

void sharing::take_over(const live_call& call, const record& there) {
  calls_.take_over(call, there, steady_clock::now());
  ++taken_over_;
  log::info("call {} is taken over: the instance that had placed it is gone", there.iden);
}

task<result<history>> sharing::follow(std::string iden, std::string owner, std::shared_ptr<follower> who) {
  auto seen = co_await find(iden, std::move(owner));
  if (!seen) {
    co_return std::unexpected(seen.error());
  }
  if (seen->here) {
    if (!calls_.follow(*seen->here, std::move(who))) {
      co_return fail(errc::overloaded, "too many follow this call");
    }
    co_return seen->here->told();
  }
  if (call::complete(seen->there.told)) {
    co_return seen->there.told;
  }
  const auto [place, fresh] = remotes_.try_emplace(ascii::to_lower(iden));
  remote& followed = place->second;
  if (fresh) {
    followed.told = seen->there.told;
    followed.last = std::move(seen->there);
    others_.follow(iden, [this, key = place->first, gone = stopped_] {
      if (!*gone) {
        net::spawn(context_.get_executor(), "looking after a call", look_once(key));
      }
    });
  }
  if (followed.followers.size() >= most_followers) {
    co_return fail(errc::overloaded, "too many follow this call");
  }
  followed.followers.push_back(std::move(who));
  co_return followed.told;
}

void sharing::unfollow(const std::string& iden, const follower* who) {
  const auto place = remotes_.find(ascii::to_lower(iden));
  if (place == remotes_.end()) {
    return;
  }
  auto& followers = place->second.followers;
  std::erase_if(followers, [who](const auto& follower) { return follower.get() == who; });
  if (followers.empty()) {
    drop(place->first);
  }
}

task<result<history>> sharing::cancel_there(record there, steady_time deadline) {
  const auto heard = co_await others_.ask_to_hang_up(there);
  if (!heard) {
    co_return std::unexpected(heard.error());
  }
  if (!*heard) {
    co_return fail(errc::not_found, "its home does not listen");
  }
  timer wait(context_.get_executor());
  while (!call::complete(there.told) && steady_clock::now() < deadline) {
    wait.expires_after(ask_for_news);
    co_await wait.async_wait(as_result);
    const auto now = co_await others_.find(there.iden);
    if (now && *now) {
      call::go_on(there.told, (*now)->told);
    }
  }
  co_return there.told;
}

void sharing::publish(const live_call& call) {
  const steady_time now = steady_clock::now();
  record mine = calls_.record_of(call, now);
  mine.home = others_.name();
  others_.tell(mine, call.record_life(now), [this, key = call.key(), gone = stopped_] {
    if (!*gone) {
      untold_.insert(key);
    }
  });
}

void sharing::tell_all_again() {
  const auto keys = calls_.shared_keys();
  untold_.insert(keys.begin(), keys.end());
  tell_again();
}

void sharing::tell_again() {
  for (std::size_t told = 0; told < most_told_at_once && !untold_.empty(); ++told) {
    const auto call = calls_.by_key(untold_.extract(untold_.begin()).value());
    if (call && call->shared()) {
      publish(*call);
    }
  }
}

// What an instance says of a call that is followed here, be it news or not. Two instances may tell of one call, each
// what it has heard: the followers are told whatever is further than what they know, and so its end in every case.
void sharing::merge(const record& news) {
  const auto place = remotes_.find(ascii::to_lower(news.iden));
  if (place == remotes_.end() || news.owner != place->second.last.owner) {
    return;
  }
  remote& followed = place->second;
  followed.last = news;
  followed.missing_since.reset();
  const std::size_t known = followed.told.size();
  call::go_on(followed.told, news.told);
  for (std::size_t number = known + 1; number <= followed.told.size(); ++number) {
    for (const auto& follower : followed.followers) {
      follower->on_change(followed.told[number - 1], number);
    }
  }
  if (call::complete(followed.told)) {
    drop(place->first);
  }
}

void sharing::drop(const std::string& key) {
  if (const auto dropped = remotes_.extract(key); !dropped.empty()) {  // `key` may be the entry's own
    others_.unfollow(dropped.key());
  }
}

task<void> sharing::keep_up() {
  const auto gone = stopped_;
  while (!*gone) {
    tell_again();
    std::vector<std::string> keys;
    for (auto next = remotes_.begin(); next != remotes_.end() && !*gone;) {
      keys.clear();
      for (; next != remotes_.end() && keys.size() < most_asked_at_once; ++next) {
        keys.push_back(next->first);
      }
      if (!co_await look_after(keys)) {
        break;
      }
      next = remotes_.upper_bound(keys.back());
    }
    if (!*gone) {
      timer_.expires_after(keep_up_interval);
      co_await timer_.async_wait(as_result);
    }
  }
}

// What was published may have been missed, and who should publish may be gone. False where Redis cannot be asked.
task<bool> sharing::look_after(std::vector<std::string> keys) {
  const auto got = co_await others_.find_all(keys);
  if (!got) {
    co_return false;
  }
  std::set<std::string> homes;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const auto& there = (*got)[i]) {
      merge(*there);
    } else {
      miss(keys[i]);
    }
    if (const auto place = remotes_.find(keys[i]); place != remotes_.end()) {
      homes.insert(place->second.last.home);
    }
  }
  for (const std::string& home : homes) {
    const auto alive = co_await others_.alive(home);
    if (!alive) {
      co_return false;
    }
    if (*alive) {
      continue;
    }
    for (const std::string& key : keys) {
      const auto place = remotes_.find(key);
      if (place != remotes_.end() && place->second.last.home == home) {
        const record last = place->second.last;
        if (const auto adopted = adopt(last); !adopted) {
          log::warn("call {} cannot be taken over: {}", last.iden, to_string(adopted.error().code));
          if (adopted.error().code == errc::unknown_call) {
            lose(key);  // nobody will ever tell how it ended
          }
        }
      }
    }
  }
  co_return true;
}

task<void> sharing::look_once(std::string key) {
  co_await look_after({std::move(key)});
}

// There is no record of a followed call. Redis may have lost it, and its home writes it again, or nobody does.
void sharing::miss(const std::string& key) {
  const auto place = remotes_.find(key);
  if (place == remotes_.end()) {
    return;
  }
  remote& followed = place->second;
  const steady_time since = followed.missing_since.value_or(steady_clock::now());
  followed.missing_since = since;
  if (steady_clock::now() - since >= lose_after) {
    lose(key);
  }
}

void sharing::lose(const std::string& key) {
  const remote& followed = remotes_.find(key)->second;
  record last = followed.last;
  const bool talked = followed.told.back().what == call::state::connected;
  last.told.assign(1, {talked ? call::state::disconnected : call::state::failed, call::reason::other, wall_now()});
  merge(last);
}

}  // namespace c2c::cluster
