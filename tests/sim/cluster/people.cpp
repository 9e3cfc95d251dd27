// What people do: they click, twice, all at once, try again, follow their call or everybody's, hang up, and listen to
// calls that are not theirs.
#include <boost/asio/co_spawn.hpp>

#include "world.hpp"

namespace c2c::sim {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds client_patience = 12s;

}  // namespace

world::plan& world::make_plan(std::string iden, std::string owner, std::size_t number) {
  return plans_.emplace_back(
      plan{.iden = std::move(iden), .owner = std::move(owner), .luck = agenda_.dice_for(chance_of::call, number)});
}

void world::next_call() {
  if (quiet_) {
    return;
  }
  const std::size_t number = calls_begun_++;
  if (number < without_.calls_from && !without_.calls.contains(number)) {
    plan& of = make_plan("Iden" + std::to_string(number), "", number);
    of.owner = of.luck.chance(0.5) ? "alice" : "carl";
    begin(of);
    if (of.luck.chance(0.05)) {
      agenda_.after(of.luck.between(0ms, 30s), [this, &of] { take_iden(of); });
    }
  }
  if (rush_left_ == 0 && people_.chance(0.02)) {
    rush_left_ = 20 + people_.below(20);
  }
  const bool rush = rush_left_ > 0;
  rush_left_ -= rush ? 1 : 0;
  agenda_.after(rush ? people_.between(10ms, 300ms) : people_.between(200ms, 12'000ms), [this] { next_call(); });
}

void world::begin(plan& of) {
  attempt(of);
  if (of.luck.chance(0.2)) {  // a double click
    agenda_.after(of.luck.between(0ms, 200ms), [this, &of] { attempt(of); });
  }
}

// Somebody else uses its iden.
void world::take_iden(plan& of) {
  if (!std::exchange(of.taken, true)) {
    plan& second = make_plan(of.iden, of.owner == "alice" ? "carl" : "alice", std::hash<std::string>()(of.iden));
    second.taken = true;
    begin(second);
  }
}

// A challenge at one instance, the call at another one.
void world::attempt(plan& of) {
  attempt_at(of, of.luck.below(instance_count), of.luck.below(instance_count));
}

void world::attempt_at(plan& of, std::uint64_t first, std::uint64_t second) {
  --of.tries_left;
  ++of.attempts;
  ++of.open;
  instance* const at = instance_at(first);
  const auto settled = std::make_shared<bool>(false);
  agenda_.after(client_patience, [this, &of, settled] {
    settle(of, settled, fail(errc::timed_out, "the client has waited long enough"), heard::nothing);
  });
  if (at == nullptr) {
    return agenda_.after(10ms, [this, &of, settled] {
      settle(of, settled, fail(errc::unavailable, "connection refused"), heard::refusal);
    });
  }
  at->on.post([this, &of, settled, at, second] {
    auth::nonce_signer::buffer room;
    std::string nonce(at->newest().signer.issue(of.aor(), wall_seconds(), of.luck.roll(), room));
    agenda_.after(of.luck.between(1ms, 300ms),
                  [this, &of, settled, nonce, second] { post_call(of, settled, nonce, second); });
  });
}

void world::post_call(plan& of, const std::shared_ptr<bool>& settled, const std::string& nonce, std::uint64_t number) {
  instance* const at = instance_at(number);
  if (at == nullptr) {
    return settle(of, settled, fail(errc::unavailable, "connection refused"), heard::refusal);
  }
  attempts_.push_back({&of, at, settled});
  of.asked = agenda_.now();
  asked_.try_emplace(of.key(), of.asked);
  if (!quiet_ && of.luck.chance(0.03)) {  // in the middle of it
    agenda_.after(of.luck.between(1ms, 400ms), [this, number, at] {
      if (instance_at(number) == at && !quiet_) {
        die(number);
      }
    });
  } else if (!quiet_ && of.luck.chance(0.03)) {
    freeze(*at, of.luck.between(3s, 9s));
  } else if (!quiet_ && of.luck.chance(0.05)) {
    agenda_.after(of.luck.between(1ms, 100ms), [this, at, &server = *servers_.at(of.luck.below(server_count))] {
      if (lives(at)) {
        agenda_.trace("* {} loses its session with {}", at->name, server.name());
        at->pbx.lose(server.name());
      }
    });
  }
  call::request asked;
  asked.aor = of.aor();
  asked.nonce = nonce;
  asked.destination = "100";
  asked.iden = of.iden;
  asked.progress = true;
  asked.response = auth::view(digester_.response(of.owner, domain, password, nonce, asked.destination));
  agenda_.trace("{}: POST of {} at {}", of.iden, of.owner, at->name);
  const std::string name = at->name;
  at->on.post([this, &of, settled, at, asked, name] {
    asio::co_spawn(
        at->on.context().get_executor(), at->newest().placement.place(asked),
        [this, &of, settled, name](const std::exception_ptr& thrown, result<call::placement::placed> outcome) {
          if (thrown) {
            return fail_with(of.iden, "{}: an exception in placement", of.iden);
          }
          const auto told = outcome ? result<void>() : std::unexpected(outcome.error());
          of.refused = of.refused || !told;
          check_answer(of, told, name);
          agenda_.after(1ms, [this, &of, settled, told] { settle(of, settled, told, heard::an_answer); });
        });
  });
}

// The first thing that a client hears of its request; what comes later it does not hear.
void world::settle(plan& of, const std::shared_ptr<bool>& settled, const result<void>& outcome, heard how) {
  if (std::exchange(*settled, true)) {
    return;
  }
  --of.open;
  of.unsure = of.unsure || how == heard::nothing;
  answered(of, outcome);
  if (of.open == 0) {
    agenda_.after(8s, [this, &of, attempts = of.attempts] { check_refused(of, attempts); });
  }
}

void world::answered(plan& of, const result<void>& outcome) {
  agenda_.trace("{}: {} to {}", of.iden,
                outcome ? "200" : fmt::format("{} ({})", to_string(outcome.error().code), outcome.error().detail),
                of.owner);
  if (outcome) {
    if (!std::exchange(of.placed, true)) {
      ++placed_;
    }
    for (std::uint64_t left = of.luck.below(5); left > 0; --left) {
      agenda_.after(of.luck.between(0ms, of.luck.chance(0.5) ? 5s : 30s),
                    [this, &of] { follow(of, of.luck.below(instance_count)); });
    }
    if (supervised_ < instance_count) {
      follow(of, supervised_);
    }
    if (of.luck.chance(0.4)) {
      agenda_.after(of.luck.between(100ms, 30s), [this, &of] { hang_up(of, 60); });
    }
    return;
  }
  if (of.tries_left > 0 && of.luck.chance(0.7)) {
    agenda_.after(of.luck.between(1ms, 3s), [this, &of] { attempt(of); });
  }
}

void world::follow(plan& of, std::uint64_t number) {
  instance* const at = instance_at(number);
  if (at == nullptr) {
    return;
  }
  followings_.push_back(
      {.who = std::make_shared<listener>(), .of = &of, .place = at->name, .at = at, .since = agenda_.now()});
  agenda_.trace("{}: followed at {}", of.iden, at->name);
  following& mine = followings_.back();
  mine.who->hear = [this, &mine](const call::change& change, std::size_t number) { hear(mine, change, number); };
  at->on.post([this, &of, at, &mine] {
    asio::co_spawn(at->on.context().get_executor(), at->dial.follow(of.iden, of.aor(), mine.who),
                   [this, &mine](const std::exception_ptr&, const result<call::history>& told) {
                     if (!told) {
                       mine.cut = true;
                       return;
                     }
                     for (std::size_t i = 0; i < told->size(); ++i) {
                       hear(mine, (*told)[i], i + 1);
                     }
                   });
  });
  if (of.luck.chance(0.3)) {
    eavesdrop(of, *at);
  }
}

void world::eavesdrop(plan& of, instance& at) {
  at.on.post([this, &of, &at] {
    asio::co_spawn(at.on.context().get_executor(), at.dial.cancel(of.iden, "mallory@" + std::string(domain)),
                   [this, &of](const std::exception_ptr&, const result<call::history>& told) {
                     if (told) {
                       fail_with(of.iden, "{}: somebody else's DELETE was answered", of.iden);
                     }
                   });
  });
}

void world::hear(following& mine, const call::change& change, std::size_t number) {
  if (mine.over || (mine.seen > 0 && change.state <= mine.state)) {
    return;  // as a reader's feed does: what it knows already, however the call's home counts its changes
  }
  mine.seen = number;
  mine.state = change.state;
  mine.over = call::is_last(change.state);
  agenda_.trace("{}: a follower of {} at {} hears {} ({})", mine.of->iden, mine.of->owner, mine.place,
                to_string(change.state), to_string(change.reason));
  if (mine.over) {
    check_gone(*mine.of, "a follower was told its end", change.reason != call::reason::other);
  }
}

void world::hang_up(plan& of, int tries) {
  of.unwanted = true;
  instance* const at = instance_at(of.luck.below(instance_count));
  const auto again = [this, &of, tries] {
    if (tries > 1) {
      agenda_.after(2s, [this, &of, tries] { hang_up(of, tries - 1); });
    }
  };
  if (at == nullptr || at->on.frozen) {
    return again();
  }
  agenda_.trace("{}: DELETE of {} at {}", of.iden, of.owner, at->name);
  at->on.post([this, &of, at, again] {
    asio::co_spawn(at->on.context().get_executor(), at->dial.cancel(of.iden, of.aor()),
                   [this, &of, again](const std::exception_ptr&, const result<call::history>& told) {
                     if (told && call::complete(*told)) {
                       agenda_.trace("{}: 204 to {}", of.iden, of.owner);
                       check_gone(of, "DELETE answered 204", false);
                     } else {
                       again();
                     }
                   });
  });
}

// After a minute in which nothing went wrong, everybody can call again.
void world::call_once_from_each() {
  for (std::size_t i = 0; i < instance_count && failure_.empty(); ++i) {
    plan& of = make_plan("Calm" + std::to_string(i), i % 2 == 0 ? "alice" : "carl", 1'000'000 + i);
    of.must_ring = true;
    attempt_at(of, i, i);
  }
}

}  // namespace c2c::sim
