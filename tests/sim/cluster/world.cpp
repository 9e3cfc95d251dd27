#include "world.hpp"

#include <algorithm>

namespace c2c::sim {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds turmoil = 6min;
constexpr milliseconds calm = 1min;  // until all that was away is back
constexpr milliseconds longest_rest = 15min;

}  // namespace

world::world(std::uint64_t seed, left_out without)
    : agenda_(seed),
      began_(agenda_.now()),
      without_(std::move(without)),
      redis_(agenda_),
      people_(agenda_.dice_for(chance_of::people)),
      fate_(agenda_.dice_for(chance_of::disruptions)) {
  for (std::size_t i = 0; i < server_count; ++i) {
    servers_.push_back(std::make_unique<model_asterisk>(agenda_, "as" + std::to_string(i)));
    model_asterisk& made = *servers_.back();
    server_list_.push_back(&made);
    made.on_order = [this, &made](const std::string& key, const std::string& endpoint) {
      note_order(made, key, endpoint);
    };
    made.on_hang_up = [this, &made](const std::string& key, const std::string& endpoint) {
      note_hang_up(made, key, endpoint);
    };
    made.on_end = [this, &made](const std::string& key, const std::string& endpoint) { note_end(made, key, endpoint); };
  }
  redis_.on_new_home = [this](const std::string& before, const std::string& now, const std::string& key) {
    note_new_home(before, now, key);
  };
  redis_.latency = fate_.chance(0.3) ? fate_.between(10ms, 150ms) : 1ms;
  supervised_ = people_.chance(0.5) ? people_.below(instance_count) : instance_count;
  for (std::size_t i = 0; i < instance_count; ++i) {
    start(i);
  }
}

world::~world() {
  for (auto& each : places_) {
    each.now.reset();
  }
  agenda_.clear();
}

milliseconds world::lived() const {
  return std::chrono::floor<milliseconds>(agenda_.now() - began_);
}

void world::run() {
  agenda_.after(1s, [this] { next_call(); });
  agenda_.after(5s, [this] { next_disruption(); });
  advance(turmoil);
  quiet_ = true;
  calm_down();
  advance(calm);
  call_once_from_each();
  for (const steady_time end = agenda_.now() + longest_rest; agenda_.now() < end && !failed();) {
    advance(30s);
    if (at_rest()) {
      break;
    }
  }
  check_rest();
}

void world::advance(milliseconds time) {
  const steady_time end = agenda_.now() + time;
  while (agenda_.now() < end && failure_.empty()) {
    std::vector<loop*> loops;
    for (const auto& each : loops_) {
      loops.push_back(each.get());
    }
    // Loops come and go: who is new is seen a moment later.
    agenda_.run_until(std::min(end, agenda_.now() + 250ms), loops);
    check_bounds();
    check_leases();
  }
}

bool world::lives(const instance* it) const {
  return std::ranges::any_of(places_, [it](const place& each) { return each.now.get() == it; });
}

}  // namespace c2c::sim
