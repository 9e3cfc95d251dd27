// What sharing does for those who follow another instance's call here.
#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "cluster/sharing.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::cluster {
namespace {

using call::board;
using call::follower;
using call::history;
using call::record;

// Without a record nobody knows any more how the call goes.
constexpr std::chrono::seconds lose_after{60};

}  // namespace

task<result<history>> sharing::follow(std::string iden, std::string owner, std::shared_ptr<follower> who) {
  auto seen = co_await find(iden, std::move(owner));
  if (!seen) {
    co_return std::unexpected(seen.error());
  }
  if (seen->here) {
    if (!calls_.follow(*seen->here, std::move(who))) {
      co_return fail(errc::overloaded, "too many follow this call");
    }
    co_return seen->here->history();
  }
  if (call::complete(seen->there.history)) {
    co_return seen->there.history;
  }
  const auto [place, fresh] = remotes_.try_emplace(ascii::to_lower(iden));
  remote& followed = place->second;
  if (!fresh && followed.last.owner != seen->there.owner) {
    // Redis has lost what it was told: the iden is the other's as well.
    co_return fail(errc::overloaded, "somebody else's call of that iden is followed here");
  }
  if (fresh) {
    followed.history = seen->there.history;
    followed.last = std::move(seen->there);
    others_.follow(iden, [this, key = place->first, gone = stopped_] {
      if (!*gone) {
        net::spawn(context_.get_executor(), "looking after a call", look_once(key));
      }
    });
  }
  if (followed.followers.size() >= call::most_followers) {
    co_return fail(errc::overloaded, "too many follow this call");
  }
  followed.followers.push_back(std::move(who));
  co_return followed.history;
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
  const std::size_t known = followed.history.size();
  call::go_on(followed.history, news.history);
  for (std::size_t number = known + 1; number <= followed.history.size(); ++number) {
    for (const auto& follower : followed.followers) {
      follower->on_change(followed.history[number - 1], number);
    }
  }
  if (call::complete(followed.history)) {
    drop(place->first);
  }
}

void sharing::drop(const std::string& key) {
  if (const auto dropped = remotes_.extract(key); !dropped.empty()) {  // `key` may be the entry's own
    others_.unfollow(dropped.key());
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

// Who followed the call there goes on here.
void sharing::take_over_followed(const std::string& key) {
  const auto followed = remotes_.find(key);
  const auto call = calls_.by_key(key);
  if (followed == remotes_.end() || !call || followed->second.last.owner != call->owner()) {
    return;
  }
  const record now = record_of(*call);
  const auto followers = followed->second.followers;
  merge(now);  // what they have not heard of it yet
  for (const auto& follower : followers) {
    calls_.follow(*call, follower);
  }
  drop(key);
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
  const bool talked = followed.history.back().state == call::state::connected;
  last.history.assign(1, {talked ? call::state::disconnected : call::state::failed, call::reason::other, wall_now()});
  merge(last);
}

}  // namespace c2c::cluster
