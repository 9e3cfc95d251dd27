// What the world does to a cluster: instances, servers and Redis die, freeze and come back, clocks step, messages and
// data are lost, and idens are used twice.
#include <algorithm>

#include "world.hpp"

namespace c2c::sim {

using namespace std::chrono_literals;

void world::start(std::size_t number) {
  place& at = places_.at(number);
  dice luck = agenda_.dice_for(chance_of::disruption, 1'000'000 + number * 1'000 + at.lives);
  const milliseconds offset = luck.between(0ms, 1'600ms) - 800ms;
  loops_.push_back(std::make_unique<loop>(offset));
  ++at.lives;
  const std::string name = "i" + std::to_string(number) + "." + std::to_string(at.lives);
  agenda_.trace("* {} starts, its clock {} ms off", name, offset.count());
  at.now = std::make_unique<instance>(agenda_, *loops_.back(), redis_, server_list_, name);
  at.since = agenda_.now();
}

void world::die(std::size_t number) {
  place& at = places_.at(number);
  agenda_.trace("* {} dies", at.now->name);
  // Whoever follows a call sees its stream end, and opens another one.
  for (auto& each : followings_) {
    if (each.at == at.now.get() && !each.over && !each.cut) {
      each.cut = true;
      plan& of = *each.of;
      agenda_.after(of.luck.between(100ms, 3s), [this, &of] { follow(of, of.luck.below(instance_count)); });
    }
  }
  // Whoever waits for its answer sees the connection end.
  for (const attempted& each : attempts_) {
    if (each.at == at.now.get()) {
      agenda_.after(1ms, [this, each] {
        settle(*each.of, each.settled, fail(errc::unavailable, "connection reset"), heard::nothing);
      });
    }
  }
  std::erase_if(attempts_, [&](const attempted& each) { return *each.settled || each.at == at.now.get(); });
  for (const auto& [iden, home] : moved_) {
    if (home == at.now->name) {
      orphaned_.insert(iden);
    }
  }
  at.now->on.frozen = true;  // for good
  at.now.reset();
  dice luck = agenda_.dice_for(chance_of::disruption, 2'000'000 + number * 1'000 + at.lives);
  agenda_.after(luck.between(500ms, 20s), [this, number] { start(number); });
}

void world::freeze(instance& at, milliseconds time) {
  agenda_.trace("* {} freezes for {} ms", at.name, time.count());
  loop* const held = &at.on;
  held->frozen = true;
  agenda_.after(time, [this, held] {
    for (const place& each : places_) {
      if (each.now && &each.now->on == held) {
        held->frozen = false;
        held->thawed = agenda_.now();
        held->wake();
      }
    }
  });
}

void world::next_disruption() {
  if (quiet_) {
    return;
  }
  const std::size_t number = disruptions_begun_++;
  if (number < without_.disruptions_from && !without_.disruptions.contains(number)) {
    disrupt(agenda_.dice_for(chance_of::disruption, number));
  }
  agenda_.after(fate_.between(500ms, 25s), [this] { next_disruption(); });
}

void world::disrupt(dice luck) {
  const auto number = static_cast<std::size_t>(luck.below(instance_count));
  instance* const at = places_.at(number).now.get();
  model_asterisk& server = *servers_.at(luck.below(server_count));
  switch (luck.below(13)) {
    case 0:
      if (at != nullptr && luck.chance(0.5)) {
        die(number);
      }
      break;
    case 1:
      if (at != nullptr && !at->on.frozen) {
        const milliseconds time = luck.between(100ms, luck.chance(0.3) ? 20s : 8s);
        freeze(*at, time);
        if (luck.chance(0.3)) {  // it is not well
          agenda_.after(time + luck.between(0ms, 30s), [this, number, at] {
            if (instance_at(number) == at && !quiet_) {
              die(number);
            }
          });
        }
      }
      break;
    case 2: server.freeze(luck.between(100ms, 12s)); break;
    case 3: server.restart(luck.between(200ms, 30s), luck.chance(0.5)); break;
    case 4:
      if (at != nullptr) {
        agenda_.trace("* {} loses its session with {}", at->name, server.name());
        at->pbx.lose(server.name());
      }
      break;
    case 5:
    case 7: lose_data(luck, number); break;
    case 6: redis_.stall(luck.between(50ms, 5s)); break;
    case 8: redis_.drop_connections(); break;
    case 9: redis_.message_loss = luck.chance(0.5) ? 0.3 : 0; break;
    case 10:
      if (at != nullptr) {
        at->on.step_clock(luck.between(0ms, 800ms) - 400ms);
      }
      break;
    case 11:
      if (at != nullptr) {
        agenda_.trace("* {} reloads", at->name);
        at->on.post([at] { at->reload(); });
      }
      break;
    default: redis_.latency = luck.between(0ms, 150ms); break;
  }
}

// Redis is restarted empty, or fails over. One instance finds it later than the others, and may have been on the same
// machine, which is not well.
void world::lose_data(dice& luck, std::size_t number) {
  const milliseconds away = luck.between(0ms, 3s);
  const milliseconds later = luck.between(0ms, 4s);
  if (luck.chance(0.3)) {
    agenda_.trace("* Redis is restarted empty, away for {} ms, and {} more for {}", away.count(), later.count(),
                  number);
    redis_.restart_empty(away);
  } else {
    const milliseconds lost = luck.between(1ms, 2s);
    agenda_.trace("* Redis fails over and has lost {} ms, away for {} ms, and {} more for {}", lost.count(),
                  away.count(), later.count(), number);
    redis_.fail_over(lost, away);
  }
  if (instance* const late = instance_at(number); late != nullptr) {
    late->on.sees_redis = agenda_.now() + away + later;
  }
  if (luck.chance(0.5)) {
    agenda_.after(luck.between(0ms, 15s), [this, number] {
      if (instance_at(number) != nullptr && !quiet_) {
        die(number);
      }
    });
  }
  take_idens(luck, away, later);
}

// Redis has forgotten which idens are taken. Once it is back, and until all have found it, somebody else uses those of
// calls that live.
void world::take_idens(dice& luck, milliseconds away, milliseconds later) {
  for (plan& of : plans_) {
    const bool lives = std::ranges::any_of(
        servers_, [&](const auto& server) { return server->has_channels(of.key(), of.endpoint()); });
    if (lives && luck.chance(0.7)) {
      agenda_.after(away + luck.between(0ms, later), [this, &of] { take_iden(of); });
    }
  }
}

void world::calm_down() {
  agenda_.trace("* all is calm from here on");
  redis_.message_loss = 0;
  redis_.latency = 1ms;
}

}  // namespace c2c::sim
