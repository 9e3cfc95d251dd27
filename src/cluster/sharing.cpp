#include "cluster/sharing.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::call {
namespace {

constexpr std::chrono::seconds keep_up_interval{1};
constexpr std::chrono::milliseconds ask_again{100};
constexpr std::chrono::milliseconds ask_for_news{25};
constexpr std::chrono::seconds placed_soon{1};
// The home's own deadlines for an answer are shorter.
constexpr std::chrono::seconds claim_timeout{8};
constexpr std::size_t most_followers = 16;  // as on the board
// Records that are written again at once after an outage; Redis answers as many in some 50 ms.
constexpr std::size_t most_told_at_once = 1'000;
// Without a record nobody knows any more how the call goes.
constexpr std::chrono::seconds lose_after{60};

}  // namespace

sharing::sharing(asio::io_context& context, board& calls, peers& others,
                 std::function<void(const std::string&)> connect)
    : context_(context), calls_(calls), others_(others), connect_(std::move(connect)), timer_(context.get_executor()) {
  calls_.on_record = [this](const live_call& call) { tell(call); };
  calls_.on_forgotten = [this](const live_call& call) { others_.forget(call.iden); };
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

task<result<sharing::claimed>> sharing::claim(std::shared_ptr<live_call> call) {
  const steady_time deadline = steady_clock::now() + claim_timeout;
  timer wait(context_.get_executor());
  for (;;) {
    record mine = calls_.record_of(*call, steady_clock::now());
    mine.home = others_.name();
    auto got = co_await others_.claim(std::move(mine));
    if (!got) {
      co_return std::unexpected(got.error());
    }
    if (!*got) {
      call->shared = true;
      co_return claimed::mine;
    }
    if ((*got)->home == others_.name()) {
      // What this instance itself has left there it has forgotten.
      call->shared = true;
      tell(*call);
      co_return claimed::mine;
    }
    const record there = std::move(**got);
    if (there.owner != call->owner || there.destination != call->destination) {
      co_return fail(errc::iden_in_use);
    }
    if (there.phase == phase::placed && complete(there.told)) {
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
    if (steady_clock::now() >= deadline) {
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
    if (there.phase == phase::placed && complete(there.told)) {
      co_return found{.here = nullptr, .there = std::move(there)};
    }
    if (there.home == others_.name()) {
      co_return fail(errc::unknown_call);
    }
    const auto alive = co_await others_.alive(there.home);
    if (!alive) {
      co_return std::unexpected(alive.error());
    }
    if (!*alive) {
      // Who asks holds the call's ticket, so that its 200 was sent, whatever the instance could still write down.
      there.phase = phase::placed;
      auto here = adopt(there);
      co_return here ? result<found>(found{.here = std::move(*here), .there = {}}) : std::unexpected(here.error());
    }
    if (there.phase == phase::placed) {
      co_return found{.here = nullptr, .there = std::move(there)};
    }
    if (steady_clock::now() >= deadline) {
      co_return fail(errc::unknown_call);
    }
    // Its 200 may have overtaken what the home tells Redis.
    wait.expires_after(ask_for_news);
    co_await wait.async_wait(as_result);
  }
}

result<std::shared_ptr<live_call>> sharing::adopt(const record& there) {
  auto met = calls_.admit(there.iden, there.owner, there.destination, there.server);
  if (met.what == board::admission::full) {
    return fail(errc::overloaded, "as many calls are alive as may be");
  }
  if (met.what == board::admission::fresh) {
    take_over(*met.call, there);
  }
  if (met.call->phase != phase::placed) {
    return fail(errc::unknown_call);
  }
  // Who followed it there goes on here.
  if (const auto followed = remotes_.find(met.call->key); followed != remotes_.end()) {
    for (const auto& each : followed->second.followers) {
      calls_.follow(*met.call, each);
    }
    drop(met.call->key);
  }
  return met.call;
}

void sharing::take_over(live_call& call, const record& there) {
  calls_.take_over(call, there, steady_clock::now());
  if (call.doubtful) {
    connect_(there.server);
  }
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
    co_return seen->here->told;
  }
  if (complete(seen->there.told)) {
    co_return seen->there.told;
  }
  const auto [place, fresh] = remotes_.try_emplace(ascii::to_lower(iden));
  if (fresh) {
    place->second.last = std::move(seen->there);
    others_.follow(iden, [this, key = place->first, gone = stopped_] {
      if (!*gone) {
        net::spawn(context_.get_executor(), "looking after a call", look_once(key));
      }
    });
  }
  if (place->second.followers.size() >= most_followers) {
    co_return fail(errc::overloaded, "too many follow this call");
  }
  place->second.followers.push_back(std::move(who));
  co_return place->second.last.told;
}

void sharing::unfollow(const std::string& iden, const follower* who) {
  const auto place = remotes_.find(ascii::to_lower(iden));
  if (place == remotes_.end()) {
    return;
  }
  auto& followers = place->second.followers;
  std::erase_if(followers, [who](const auto& each) { return each.get() == who; });
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
  while (!complete(there.told) && steady_clock::now() < deadline) {
    wait.expires_after(ask_for_news);
    co_await wait.async_wait(as_result);
    const auto now = co_await others_.find(there.iden);
    if (now && *now) {
      there.told = (*now)->told;
    }
  }
  co_return there.told;
}

void sharing::tell(const live_call& call) {
  const steady_time now = steady_clock::now();
  record what = calls_.record_of(call, now);
  what.home = others_.name();
  others_.tell(what, calls_.record_life(call, now), [this, key = call.key, gone = stopped_] {
    if (!*gone) {
      untold_.insert(key);
    }
  });
}

void sharing::tell_all_again() {
  for (std::string& key : calls_.shared_keys()) {
    untold_.insert(std::move(key));
  }
}

void sharing::tell_again() {
  for (std::size_t told = 0; told < most_told_at_once && !untold_.empty(); ++told) {
    const auto call = calls_.by_key(untold_.extract(untold_.begin()).value());
    if (call && call->shared) {
      tell(*call);
    }
  }
}

// What another instance says of a call that is followed here, be it news or not.
void sharing::merge(const record& news) {
  const auto place = remotes_.find(ascii::to_lower(news.iden));
  if (place == remotes_.end() || news.told.size() < place->second.last.told.size()) {
    return;
  }
  remote& followed = place->second;
  const std::size_t known = followed.last.told.size();
  followed.last = news;
  followed.missing_since.reset();
  for (std::size_t number = known + 1; number <= news.told.size(); ++number) {
    for (const auto& each : followed.followers) {
      each->on_change(news.told[number - 1], number);
    }
  }
  if (complete(news.told)) {
    drop(place->first);
  }
}

void sharing::drop(const std::string& key) {
  others_.unfollow(key);
  remotes_.erase(key);
}

task<void> sharing::keep_up() {
  const auto gone = stopped_;
  while (!*gone) {
    others_.renew();
    tell_again();
    std::vector<std::string> keys;
    keys.reserve(remotes_.size());
    for (const auto& [key, followed] : remotes_) {
      keys.push_back(key);
    }
    for (const std::string& key : keys) {
      if (*gone || !co_await look_after(key)) {
        break;
      }
    }
    if (!*gone) {
      timer_.expires_after(keep_up_interval);
      co_await timer_.async_wait(as_result);
    }
  }
}

// What was published may have been missed, and who should publish may be gone. False where Redis cannot be asked.
task<bool> sharing::look_after(std::string key) {
  const auto got = co_await others_.find(key);
  auto place = remotes_.find(key);
  if (!got || place == remotes_.end()) {
    co_return got.has_value();
  }
  if (!*got) {
    lose(key);
    co_return true;
  }
  merge(**got);
  place = remotes_.find(key);
  if (place == remotes_.end()) {
    co_return true;
  }
  const auto alive = co_await others_.alive(place->second.last.home);
  place = remotes_.find(key);
  if (alive && !*alive && place != remotes_.end()) {
    const record last = place->second.last;
    if (!adopt(last)) {
      log::warn("call {} cannot be taken over: as many calls are alive as may be", last.iden);
    }
  }
  co_return alive.has_value();
}

task<void> sharing::look_once(std::string key) {
  co_await look_after(std::move(key));
}

void sharing::lose(const std::string& key) {
  remote& followed = remotes_.find(key)->second;
  const steady_time now = steady_clock::now();
  if (!followed.missing_since) {
    followed.missing_since = now;
  } else if (now - *followed.missing_since >= lose_after) {
    record last = followed.last;
    const bool was_connected = last.told.back().what == state::connected;
    const auto at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    last.told.push_back({was_connected ? state::disconnected : state::failed, reason::other, at});
    merge(last);
  }
}

}  // namespace c2c::call
