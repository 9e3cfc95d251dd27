#include "cluster/sharing.hpp"

#include <algorithm>
#include <utility>

#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::cluster {
namespace {

using call::board;
using call::call_view;
using call::history;
using call::live_call;
using call::phase;
using call::record;

constexpr std::chrono::seconds keep_up_interval{1};
constexpr std::chrono::milliseconds ask_again{100};
constexpr std::chrono::milliseconds ask_for_news{25};
constexpr std::chrono::seconds placed_soon{1};
// Records that are asked for, or written, at once. Redis answers as many in a few milliseconds.
constexpr std::size_t most_asked_at_once = 256;
constexpr std::size_t most_told_at_once = 1'000;
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
    record mine = record_of(*call);
    auto got = co_await others_.claim(std::move(mine));
    if (!got) {
      co_return std::unexpected(got.error());
    }
    if (!*got) {
      calls_.share(*call);
    }
    if (lapsed()) {
      // The answer is from before this instance stood still, and the iden may be another's since then.
      if (!co_await settle(deadline)) {
        co_return fail(errc::timed_out, "it was not known in time whose the iden is");
      }
      continue;
    }
    if (!*got) {
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
    if (there.phase == phase::placed && call::complete(there.history)) {
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
    if (there.phase == phase::placed && call::complete(there.history)) {
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

result<call_view> sharing::adopt(record there) {
  if (there.phase == phase::placing) {
    // Who asks holds the call's ticket, so that its 200 was sent, whatever its home could write down, or Redis keep.
    there.phase = phase::placed;
  }
  auto met = calls_.admit({.iden = there.iden, .owner = there.owner, .destination = there.destination}, there.server,
                          adopted_life, steady_clock::now());
  switch (met.how) {
    case board::admission::full: return fail(errc::overloaded, "as many calls are alive as may be");
    case board::admission::fresh: take_over(*met.call, there); break;
    case board::admission::same: break;
    case board::admission::conflict:
      if (met.call->phase() == phase::placing) {
        break;  // somebody else's click, which is about to be refused
      }
      [[fallthrough]];
    // Redis has lost what it was told: the iden is here another's, or a call's that was answered with an error.
    case board::admission::withdrawn: return fail(errc::unknown_call);
  }
  if (met.call->phase() == phase::placing) {
    return fail(errc::overloaded, "a request for the iden is being answered");
  }
  take_over_followed(met.call->key());
  return met.call;
}

void sharing::take_over(const live_call& call, const record& there) {
  calls_.take_over(call, there, steady_clock::now());
  ++taken_over_;
  log::info("call {} is taken over: the instance that had placed it is gone", there.iden);
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
  while (!call::complete(there.history) && steady_clock::now() < deadline) {
    wait.expires_after(ask_for_news);
    co_await wait.async_wait(as_result);
    const auto now = co_await others_.find(there.iden);
    if (now && *now && (*now)->owner == there.owner) {
      call::go_on(there.history, (*now)->history);
    }
  }
  co_return there.history;
}

void sharing::publish(const live_call& call) {
  if (lapsed() && call.phase() != phase::placed) {
    untold_.insert(call.key());  // once it is known whose the iden is
    return;
  }
  others_.tell(record_of(call), call.record_life(steady_clock::now()), [this, key = call.key(), gone = stopped_] {
    if (!*gone) {
      untold_.insert(key);
    }
  });
}

record sharing::record_of(const live_call& call) const {
  record mine = calls_.record_of(call, steady_clock::now());
  mine.home = others_.name();
  return mine;
}

void sharing::unpublish(const live_call& call) {
  // Where it is not known whose the record is by now, it goes when its time is over.
  if (!lapsed()) {
    others_.forget(call.iden());
  }
}

void sharing::tell_all_again() {
  const auto keys = calls_.shared_keys();
  untold_.insert(keys.begin(), keys.end());
  tell_again();
}

void sharing::tell_again() {
  if (lapsed()) {
    return;  // once it is known who has them
  }
  for (std::size_t published = 0; published < most_told_at_once && !untold_.empty(); ++published) {
    const auto call = calls_.by_key(untold_.extract(untold_.begin()).value());
    if (call && call->shared()) {
      publish(*call);
    }
  }
}

task<void> sharing::keep_up() {
  const auto gone = stopped_;
  while (!*gone) {
    if (lapsed()) {
      if (!std::exchange(stood_still_, true)) {
        log::warn(
            "this instance stood still for longer than others wait for one: it looks which of its calls they have");
      }
      const std::uint64_t lapses = others_.lapses();
      if (co_await look_who_has_them()) {
        others_.regain(lapses);  // unless it stood still once more while it looked
      }
    } else {
      stood_still_ = false;
    }
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

// After this instance stood still: what it was placing, or wanted to end, may be another's by now, or have been ended
// by another one, and its iden be a new call's. False where Redis cannot be asked.
task<bool> sharing::look_who_has_them() {
  // Redis answers in order: once this one is there, so is what it was asked before.
  if (!co_await others_.alive(others_.name())) {
    co_return false;
  }
  std::vector<std::string> keys;
  for (std::string& key : calls_.shared_keys()) {
    if (calls_.by_key(key)->phase() != phase::placed) {
      keys.push_back(std::move(key));
    }
  }
  while (!keys.empty()) {
    std::vector<std::string> some;
    for (; !keys.empty() && some.size() < most_asked_at_once; keys.pop_back()) {
      some.push_back(std::move(keys.back()));
    }
    auto got = co_await others_.find_all(some);
    if (!got) {
      co_return false;
    }
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (!co_await let_go_if_taken(some[i], std::move((*got)[i]))) {
        co_return false;
      }
    }
  }
  co_return true;
}

task<bool> sharing::settle(steady_time deadline) {
  timer wait(context_.get_executor());
  while (lapsed() && steady_clock::now() < deadline) {
    wait.expires_after(ask_for_news);
    co_await wait.async_wait(as_result);
  }
  co_return !lapsed();
}

// Lets go of the call if another instance has it. Where nobody has, it is claimed once more: what may still ring
// is still to be hung up. False where Redis cannot be asked.
task<bool> sharing::let_go_if_taken(std::string key, std::optional<record> there) {
  auto call = calls_.by_key(key);
  if (call && !there) {
    record mine = record_of(*call);
    auto claimed = co_await others_.claim(std::move(mine));
    if (!claimed) {
      co_return false;
    }
    there = std::move(*claimed);
    untold_.insert(key);
  }
  call = calls_.by_key(key);
  if (!call || call->phase() == phase::placed || !there || there->home == others_.name()) {
    co_return true;
  }
  // Redis had lost it, and a stranger has its iden: nobody else ends what may still ring on this other server, or on
  // the same one, where no second call of that iden can be while this one has a channel.
  const bool is_ours_to_end = there->server != call->server() || call->progress().exists();
  if (there->owner != call->owner() && is_ours_to_end) {
    calls_.unshare(*call);
  } else {
    calls_.let_go(*call, steady_clock::now());
  }
  co_return true;
}

}  // namespace c2c::cluster
