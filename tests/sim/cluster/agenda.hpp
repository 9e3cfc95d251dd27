// The virtual time of a simulated cluster: what the world does next, and the event loops that live in it. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "net/asio.hpp"

namespace c2c::sim {

using std::chrono::milliseconds;

// One instance's event loop. While it is frozen nothing in it runs, and all that comes for it waits.
class loop {
 public:
  explicit loop(milliseconds wall_offset) : wall_offset_(wall_offset) {}

  asio::io_context& context() noexcept { return context_; }
  void post(std::function<void()> work) {
    asio::post(context_, std::move(work));
    due_ = true;
  }
  void wake() noexcept { due_ = true; }

  bool frozen = false;
  steady_time thawed{};      // when it last went on
  steady_time sees_redis{};  // from then on it finds Redis again
  milliseconds wall_offset() const noexcept { return wall_offset_; }
  void step_clock(milliseconds by) noexcept { wall_offset_ += by; }

  steady_time next() const noexcept { return due_ ? steady_time::min() : next_; }

  // Runs all that can run now.
  void run() {
    due_ = false;
    simulated->until_next_timer.reset();
    timer kick(context_.get_executor(), steady_time{});  // has the loop look at its timers
    kick.async_wait([](boost::system::error_code) {});
    context_.restart();
    context_.poll();
    const auto wait = simulated->until_next_timer;
    next_ = wait && wait->count() > 0 ? simulated->now + *wait : steady_time::max();
  }

 private:
  asio::io_context context_{1};
  milliseconds wall_offset_;
  steady_time next_ = steady_time::max();
  bool due_ = true;
};

// Chance, from a seed: SplitMix64 (Steele, Lea, Flood 2014), which costs nothing to begin.
class dice {
 public:
  explicit dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() {
    std::uint64_t out = state_ += 0x9e37'79b9'7f4a'7c15;
    out = (out ^ (out >> 30)) * 0xbf58'476d'1ce4'e5b9;
    out = (out ^ (out >> 27)) * 0x94d0'49bb'1331'11eb;
    return out ^ (out >> 31);
  }
  std::uint64_t below(std::uint64_t bound) { return roll() % bound; }
  bool chance(double probability) { return static_cast<double>(roll() % 1'000'000) < probability * 1e6; }
  milliseconds between(milliseconds least, milliseconds most) {
    return least + milliseconds(below(static_cast<std::uint64_t>((most - least).count()) + 1));
  }

 private:
  std::uint64_t state_;
};

// What chance decides in one place does not shift what it decides elsewhere, so that a run from which something is left
// out stays like the whole one.
enum class chance_of : std::uint8_t { networks, people, call, disruptions, disruption, server };

class agenda {
 public:
  explicit agenda(std::uint64_t seed) : seed_(seed), networks_(dice_for(chance_of::networks)) {
    time_.now = steady_time(std::chrono::hours(1));
    simulated = &time_;
    set_wall({});
  }
  ~agenda() { simulated = nullptr; }
  agenda(const agenda&) = delete;
  agenda& operator=(const agenda&) = delete;

  steady_time now() const noexcept { return time_.now; }
  void at(steady_time when, std::function<void()> work) { entries_.emplace(std::pair(when, ++last_), std::move(work)); }
  void after(milliseconds wait, std::function<void()> work) { at(now() + wait, std::move(work)); }

  // Nothing of what was planned happens any more: what it holds is let go while the loops are still there.
  void clear() {
    while (!entries_.empty()) {
      std::exchange(entries_, {});
    }
  }

  dice dice_for(chance_of what, std::uint64_t number = 0) const {
    dice mixed(seed_ ^ (static_cast<std::uint64_t>(what) << 56) ^ (number << 24));
    return dice(mixed.roll());
  }
  std::uint64_t below(std::uint64_t bound) { return networks_.below(bound); }
  bool chance(double probability) { return networks_.chance(probability); }
  milliseconds between(milliseconds least, milliseconds most) { return networks_.between(least, most); }

  void run_until(steady_time end, const std::vector<loop*>& loops) {
    for (;;) {
      steady_time next = entries_.empty() ? steady_time::max() : entries_.begin()->first.first;
      for (const loop* loop : loops) {
        next = loop->frozen ? next : std::min(next, loop->next());
      }
      if (next > end) {
        time_.now = end;
        return;
      }
      time_.now = std::max(time_.now, next);
      while (!entries_.empty() && entries_.begin()->first.first <= time_.now) {
        const auto work = std::move(entries_.begin()->second);
        entries_.erase(entries_.begin());
        work();
      }
      for (loop* loop : loops) {
        if (!loop->frozen && loop->next() <= time_.now) {
          set_wall(loop->wall_offset());
          loop->run();
        }
      }
      set_wall({});
    }
  }

  // The last of what happened, for a failure's report.
  template <class... Args>
  void trace(fmt::format_string<Args...> format, Args&&... args) {
    if (trace_.size() >= most_traced) {
      trace_.erase(trace_.begin(), trace_.begin() + most_traced / 2);
    }
    const auto at = std::chrono::duration_cast<milliseconds>(now().time_since_epoch() - std::chrono::hours(1));
    trace_.push_back(fmt::format("{:>11.3f} ", static_cast<double>(at.count()) / 1e3) +
                     fmt::format(format, std::forward<Args>(args)...));
  }
  std::string traced(std::string_view about) const {
    std::string out;
    for (const std::string& line : trace_) {
      if (about.empty() || ascii::to_lower(line).contains(ascii::to_lower(about)) || line.contains(" * ")) {
        out += line + '\n';
      }
    }
    return out;
  }

 private:
  static constexpr std::ptrdiff_t most_traced = 20'000;

  void set_wall(milliseconds offset) {
    time_.wall = wall_time(std::chrono::hours(500'000)) +
                 std::chrono::duration_cast<milliseconds>(time_.now.time_since_epoch()) + offset;
  }

  simulated_time time_;
  std::uint64_t seed_;
  dice networks_;
  std::map<std::pair<steady_time, std::uint64_t>, std::function<void()>> entries_;
  std::uint64_t last_ = 0;
  std::vector<std::string> trace_;
};

}  // namespace c2c::sim
