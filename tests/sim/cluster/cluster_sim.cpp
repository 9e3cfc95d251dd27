// A cluster of instances with one Redis and some Asterisks, for minutes of virtual time, while everything that a
// network, a process, a clock or an operator can do to them is done. What must hold is checked all along and at rest.
//
// C2C_SIM_SEEDS is how many seeds are run, C2C_SIM_FIRST the first of them. A failure names its seed and shows what
// happened to the call.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "instance.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t instance_count = 3;
constexpr std::size_t server_count = 2;
constexpr milliseconds turmoil = 6min;
constexpr milliseconds rest = 25min;
constexpr milliseconds client_patience = 12s;

class cluster {
 public:
  explicit cluster(std::uint64_t seed) : world_(seed), redis_(world_) {
    for (std::size_t i = 0; i < server_count; ++i) {
      servers_.push_back(std::make_unique<model_asterisk>(world_, "as" + std::to_string(i)));
      server_list_.push_back(servers_.back().get());
      servers_.back()->on_order = [this](const std::string& key) { note_order(key); };
    }
    redis_.latency = milliseconds(world_.chance(0.3) ? 20 : 1);
    for (std::size_t i = 0; i < instance_count; ++i) {
      start(i);
    }
  }
  ~cluster() {
    for (auto& each : places_) {
      each.now.reset();
    }
  }

  void run() {
    world_.after(1s, [this] { next_call(); });
    world_.after(5s, [this] { next_disruption(); });
    advance(turmoil);
    quiet_ = true;
    calm_down();
    advance(rest);
    check_rest();
  }

  const std::string& failure() const noexcept { return failure_; }
  std::string report() const { return failure_ + "\n" + world_.traced(about_); }
  milliseconds lived() const { return turmoil + rest; }
  std::size_t calls() const noexcept { return plans_.size(); }
  std::size_t placed() const noexcept { return placed_; }

 private:
  // Where an instance runs; it dies, and another one takes its place.
  struct place {
    std::unique_ptr<instance> now;
    std::size_t lives = 0;
  };

  // What one person does with one call.
  struct plan {
    std::string iden;
    std::string owner;
    int tries_left = 1 + 2;
    bool placed = false;
  };
  // A request that is not answered yet.
  struct attempted {
    plan* of;
    instance* at = nullptr;
    std::shared_ptr<bool> settled;
  };

  struct listener final : call::follower {
    void on_change(const call::change& change, std::size_t number) override { hear(change, number); }
    std::function<void(const call::change&, std::size_t)> hear;
  };
  struct following {
    std::shared_ptr<listener> who;
    std::string iden;
    instance* at = nullptr;
    std::size_t seen = 0;
    call::state state = call::state::initiating;
    bool over = false;
    bool cut = false;
  };

  template <class... Args>
  void fail_with(std::string_view about, fmt::format_string<Args...> format, Args&&... args) {
    if (failure_.empty()) {
      failure_ = fmt::format(format, std::forward<Args>(args)...);
      about_ = about;
    }
  }

  void start(std::size_t number) {
    const auto offset = milliseconds(static_cast<std::int64_t>(world_.below(1'600)) - 800);
    loops_.push_back(std::make_unique<loop>(offset));
    place& at = places_.at(number);
    ++at.lives;
    const std::string name = "i" + std::to_string(number) + "." + std::to_string(at.lives);
    world_.trace("* {} starts, its clock {} ms off", name, offset.count());
    at.now = std::make_unique<instance>(world_, *loops_.back(), redis_, server_list_, name);
  }

  void die(std::size_t number) {
    place& at = places_.at(number);
    world_.trace("* {} dies", at.now->name);
    for (auto& each : followings_) {
      each.cut = each.cut || each.at == at.now.get();
    }
    // Whoever waits for its answer sees the connection end.
    for (const attempted& each : attempts_) {
      if (each.at == at.now.get()) {
        world_.after(1ms,
                     [this, each] { settle(*each.of, each.settled, fail(errc::unavailable, "connection reset")); });
      }
    }
    std::erase_if(attempts_, [&](const attempted& each) { return *each.settled || each.at == at.now.get(); });
    at.now->on.frozen = true;  // for good
    at.now.reset();
    world_.after(world_.between(500ms, 20s), [this, number] { start(number); });
  }

  instance* some_instance() {
    instance* const at = places_.at(world_.below(instance_count)).now.get();
    return at;
  }

  void advance(milliseconds time) {
    const steady_time end = world_.now() + time;
    while (world_.now() < end && failure_.empty()) {
      std::vector<loop*> loops;
      for (const auto& each : loops_) {
        loops.push_back(each.get());
      }
      // Loops come and go: who is new is seen a moment later.
      world_.run_until(std::min(end, world_.now() + 250ms), loops);
    }
  }

  // --- what people do

  void next_call() {
    if (quiet_) {
      return;
    }
    const std::string iden = "Iden" + std::to_string(plans_.size());
    plan made{.iden = iden, .owner = world_.chance(0.5) ? "alice" : "carl"};
    plan& of = plans_.emplace(iden, made).first->second;
    attempt(of);
    if (world_.chance(0.2)) {  // a double click
      world_.after(world_.between(0ms, 200ms), [this, &of] { attempt(of); });
    }
    world_.after(world_.between(200ms, 8'000ms), [this] { next_call(); });
  }

  // A challenge at one instance, the call at another one.
  void attempt(plan& of) {
    --of.tries_left;
    instance* const first = some_instance();
    const auto settled = std::make_shared<bool>(false);
    world_.after(client_patience, [this, &of, settled] {
      settle(of, settled, fail(errc::timed_out, "the client has waited long enough"));
    });
    if (first == nullptr) {
      return world_.after(10ms,
                          [this, &of, settled] { settle(of, settled, fail(errc::unavailable, "connection refused")); });
    }
    first->on.post([this, &of, settled, first] {
      auth::nonce_signer::buffer room;
      const std::string aor = of.owner + "@" + std::string(domain);
      std::string nonce(first->signer.issue(aor, wall_seconds(), world_.below(UINT64_MAX), room));
      world_.after(world_.between(1ms, 300ms),
                   [this, &of, settled, aor, nonce] { post_call(of, settled, aor, nonce); });
    });
  }

  void post_call(plan& of, const std::shared_ptr<bool>& settled, const std::string& aor, const std::string& nonce) {
    const auto number = static_cast<std::size_t>(world_.below(instance_count));
    instance* const at = places_.at(number).now.get();
    if (at == nullptr) {
      return settle(of, settled, fail(errc::unavailable, "connection refused"));
    }
    attempts_.push_back({&of, at, settled});
    if (world_.chance(0.03)) {  // in the middle of it
      world_.after(world_.between(1ms, 400ms), [this, number, at] {
        if (places_.at(number).now.get() == at && !quiet_) {
          die(number);
        }
      });
    } else if (world_.chance(0.03)) {
      freeze(*at, world_.between(3s, 9s));
    }
    call::request asked;
    asked.aor = aor;
    asked.nonce = nonce;
    asked.destination = "100";
    asked.iden = of.iden;
    asked.progress = true;
    asked.response = auth::view(digester_.response(of.owner, domain, password, nonce, asked.destination));
    world_.trace("{}: POST at {}", of.iden, at->name);
    const std::string name = at->name;
    at->on.post([this, &of, settled, at, asked, name] {
      asio::co_spawn(
          at->on.context().get_executor(), at->placement.place(asked),
          [this, &of, settled, name](const std::exception_ptr& thrown, result<call::placement::placed> outcome) {
            if (thrown) {
              return fail_with(of.iden, "{}: an exception in placement", of.iden);
            }
            if (outcome && !originated(of.iden)) {
              fail_with(of.iden, "{}: 200 at {}, and no channel ever was", of.iden, name);
            }
            world_.after(1ms, [this, &of, settled, outcome] {
              settle(of, settled, outcome ? result<void>() : std::unexpected(outcome.error()));
            });
          });
    });
  }

  bool originated(const std::string& iden) const { return ordered_.contains(ascii::to_lower(iden)); }

  // A call is ordered once while it can live. Where Redis has lost what it was told, two servers can be asked for it.
  void note_order(const std::string& key) {
    const auto [first, fresh] = ordered_.try_emplace(key, world_.now());
    for (const auto& server : servers_) {
      if (!fresh && server->has_channels(key) && !redis_.lost_data_since(first->second)) {
        fail_with(key, "{} is ordered again while it lives on {}", key, server->name());
      }
    }
  }

  // The first thing that a client hears of its request; what comes later it does not hear.
  void settle(plan& of, const std::shared_ptr<bool>& settled, const result<void>& outcome) {
    if (!std::exchange(*settled, true)) {
      answered(of, outcome);
    }
  }

  void answered(plan& of, const result<void>& outcome) {
    world_.trace("{}: {}", of.iden,
                 outcome ? "200" : fmt::format("{} ({})", to_string(outcome.error().code), outcome.error().detail));
    if (outcome) {
      if (!std::exchange(of.placed, true)) {
        ++placed_;
      }
      for (std::uint64_t left = world_.below(5); left > 0; --left) {
        world_.after(world_.between(0ms, 5s), [this, &of] { follow(of); });
      }
      if (world_.chance(0.4)) {
        world_.after(world_.between(100ms, 30s), [this, &of] { hang_up(of, 60); });
      }
      return;
    }
    if (of.tries_left > 0 && world_.chance(0.7)) {
      world_.after(world_.between(1ms, 3s), [this, &of] { attempt(of); });
    }
  }

  void follow(plan& of) {
    const std::size_t number = world_.below(instance_count);
    instance* const at = places_.at(number).now.get();
    if (at == nullptr) {
      return;
    }
    followings_.push_back({.who = std::make_shared<listener>(), .iden = of.iden, .at = at});
    world_.trace("{}: followed at {}", of.iden, at->name);
    const std::size_t index = followings_.size() - 1;
    followings_[index].who->hear = [this, &of, index](const call::change& change, std::size_t number_of_change) {
      hear(of, followings_[index], change.what, number_of_change);
    };
    at->on.post([this, &of, at, index] {
      asio::co_spawn(at->on.context().get_executor(),
                     at->dial.follow(of.iden, of.owner + "@" + std::string(domain), followings_[index].who),
                     [this, &of, index](const std::exception_ptr&, const result<call::history>& told) {
                       following& mine = followings_[index];
                       if (!told) {
                         mine.cut = true;
                         return;
                       }
                       for (std::size_t i = 0; i < told->size(); ++i) {
                         hear(of, mine, (*told)[i].what, i + 1);
                       }
                     });
    });
    if (world_.chance(0.3)) {  // an eavesdropper
      at->on.post([this, &of, at] {
        asio::co_spawn(at->on.context().get_executor(), at->dial.cancel(of.iden, "mallory@" + std::string(domain)),
                       [this, &of](const std::exception_ptr&, const result<call::history>& told) {
                         if (told) {
                           fail_with(of.iden, "{}: somebody else's DELETE was answered", of.iden);
                         }
                       });
      });
    }
  }

  void hear(plan& of, following& mine, call::state state, std::size_t number) {
    if (mine.over || (mine.seen > 0 && state <= mine.state)) {
      return;  // as a reader's feed does: what it knows already, however the call's home counts its changes
    }
    mine.seen = number;
    mine.state = state;
    mine.over = call::is_last(state);
    if (mine.over) {
      check_gone(of, "a follower was told its end");
    }
  }

  // Whoever was told that a call is over must find no channel of it, where its server could be heard for the last
  // minute.
  void check_gone(const plan& of, std::string_view why) {
    const std::string key = ascii::to_lower(of.iden);
    const auto first = ordered_.find(key);
    if (first == ordered_.end() || redis_.lost_data_since(first->second)) {
      return;  // there may be two calls of that iden
    }
    for (const auto& server : servers_) {
      if (server->has_channels(key) && server->reachable() && world_.now() - server->heard_since() > 65s) {
        fail_with(of.iden, "{}: {}, and its channels live on {}", of.iden, why, server->name());
      }
    }
  }

  void hang_up(plan& of, int tries) {
    instance* const at = some_instance();
    const auto again = [this, &of, tries] {
      if (tries > 1) {
        world_.after(2s, [this, &of, tries] { hang_up(of, tries - 1); });
      }
    };
    if (at == nullptr || at->on.frozen) {
      return again();
    }
    world_.trace("{}: DELETE at {}", of.iden, at->name);
    at->on.post([this, &of, at, again] {
      asio::co_spawn(at->on.context().get_executor(), at->dial.cancel(of.iden, of.owner + "@" + std::string(domain)),
                     [this, &of, again](const std::exception_ptr&, const result<call::history>& told) {
                       if (told && call::complete(*told)) {
                         world_.trace("{}: 204", of.iden);
                         check_gone(of, "DELETE answered 204");
                       } else {
                         again();
                       }
                     });
    });
  }

  // --- what the world does

  void next_disruption() {
    if (quiet_) {
      return;
    }
    const auto number = static_cast<std::size_t>(world_.below(instance_count));
    place& at = places_.at(number);
    model_asterisk& server = *servers_.at(world_.below(server_count));
    switch (world_.below(12)) {
      case 0:
        if (at.now && world_.chance(0.5)) {
          die(number);
        }
        break;
      case 1:
        if (at.now && !at.now->on.frozen) {
          freeze(*at.now, world_.between(100ms, 8s));
        }
        break;
      case 2: server.freeze(world_.between(100ms, 12s)); break;
      case 3: server.restart(world_.between(200ms, 30s), world_.chance(0.5)); break;
      case 4:
        if (at.now) {
          world_.trace("* {} loses its session with {}", at.now->name, server.name());
          at.now->pbx.lose(server.name());
        }
        break;
      case 5:
        if (world_.chance(0.4)) {
          world_.trace("* Redis is restarted empty");
          redis_.restart_empty();
        }
        break;
      case 6: redis_.stall(world_.between(50ms, 5s)); break;
      case 7: redis_.fail_over(world_.between(1ms, 500ms)); break;
      case 8: redis_.drop_connections(); break;
      case 9: redis_.message_loss = world_.chance(0.5) ? 0.3 : 0; break;
      case 10:
        if (at.now) {
          at.now->on.step_clock(world_.between(0ms, 800ms) - 400ms);
        }
        break;
      default: redis_.latency = world_.between(0ms, 100ms); break;
    }
    world_.after(world_.between(500ms, 25s), [this] { next_disruption(); });
  }

  void freeze(instance& at, milliseconds time) {
    world_.trace("* {} freezes for {} ms", at.name, time.count());
    loop* const held = &at.on;
    held->frozen = true;
    world_.after(time, [this, held] {
      for (const place& each : places_) {
        if (each.now && &each.now->on == held) {
          held->frozen = false;
          held->wake();
        }
      }
    });
  }

  void calm_down() {
    world_.trace("* all is calm from here on");
    redis_.message_loss = 0;
    redis_.latency = 1ms;
  }

  void check_rest() {
    for (const place& at : places_) {
      if (!at.now) {
        continue;
      }
      const instance& it = *at.now;
      if (it.calls.size() != 0) {
        const auto& left = it.calls;
        fail_with("", "{} holds {} calls at rest", it.name, left.size());
      }
      if (it.shared.followed() != 0) {
        fail_with("", "{} follows {} calls at rest", it.name, it.shared.followed());
      }
      if (it.pbx.held() != 0) {
        fail_with("", "{} holds a server at rest", it.name);
      }
    }
    for (const auto& each : followings_) {
      if (!each.over && !each.cut) {
        fail_with(each.iden, "{}: a follower never heard the end, {} changes seen", each.iden, each.seen);
      }
    }
    for (const auto& server : servers_) {
      for (const std::string& key : server->live()) {
        fail_with(key, "{} lives on {} at rest", key, server->name());
      }
    }
    if (const std::string left = redis_.some("c2c:call:"); !left.empty()) {
      fail_with("", "a record is left at rest: {}", left);
    }
  }

  agenda world_;
  model_redis redis_;
  std::vector<std::unique_ptr<model_asterisk>> servers_;
  std::vector<model_asterisk*> server_list_;
  std::vector<std::unique_ptr<loop>> loops_;
  std::array<place, instance_count> places_;
  auth::digester digester_;
  std::map<std::string, plan> plans_;
  std::vector<attempted> attempts_;
  std::deque<following> followings_;
  std::map<std::string, steady_time> ordered_;  // by iden in lower case, the first time
  std::string failure_;
  std::string about_;
  std::size_t placed_ = 0;
  bool quiet_ = false;
};

std::uint64_t number_in(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(ClusterSim, HoldsItsPromisesWhateverTheWorldDoes) {
  log::start(log::level::off, log::line_format::text);
  const std::uint64_t first = number_in("C2C_SIM_FIRST", 1);
  const std::uint64_t seeds = number_in("C2C_SIM_SEEDS", 20);
  milliseconds lived{};
  std::size_t calls = 0;
  std::size_t placed = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    cluster simulated(seed);
    simulated.run();
    lived += simulated.lived();
    calls += simulated.calls();
    placed += simulated.placed();
    ASSERT_TRUE(simulated.failure().empty()) << "seed " << seed << ": " << simulated.report();
  }
  EXPECT_GT(placed, 0U) << "a cluster that places nothing proves nothing";
  std::printf("%llu seeds, %lld simulated minutes, %zu calls, %zu placed\n", static_cast<unsigned long long>(seeds),
              static_cast<long long>(std::chrono::duration_cast<std::chrono::minutes>(lived).count()), calls, placed);
}

}  // namespace
}  // namespace c2c::sim
