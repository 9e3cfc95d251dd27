// A cluster of instances with one Redis and some Asterisks, the people who call through it, and all that a network, a
// process, a clock or an operator can do to them. What must hold is checked all along and at rest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agenda.hpp"
#include "instance.hpp"
#include "model_pbx.hpp"
#include "model_redis.hpp"

namespace c2c::sim {

// What is left out of a run: the numbers of people's calls and of the world's disruptions.
struct left_out {
  std::set<std::size_t> calls;
  std::set<std::size_t> disruptions;
  std::size_t calls_from = SIZE_MAX;  // all of that number and later ones
  std::size_t disruptions_from = SIZE_MAX;
};

class world {
 public:
  world(std::uint64_t seed, left_out without);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // Minutes of turmoil, a while of calm, and then rest, until something fails.
  void run();

  bool failed() const noexcept { return !failure_.empty(); }
  // Which promise was broken, for comparing failures.
  const std::string& broken() const noexcept { return broken_; }
  // What failed, and what happened to that call.
  std::string report() const { return failure_ + "\n" + agenda_.traced(about_); }
  milliseconds lived() const;
  std::size_t calls() const noexcept { return calls_begun_; }
  std::size_t disruptions() const noexcept { return disruptions_begun_; }
  std::size_t placed() const noexcept { return placed_; }

 private:
  static constexpr std::size_t instance_count = 3;
  static constexpr std::size_t server_count = 2;

  // Where an instance runs; it dies, and another one takes its place.
  struct place {
    std::unique_ptr<instance> now;
    std::size_t lives = 0;
    steady_time since{};  // of the present one
  };

  // What one person does with one call.
  struct plan {
    std::string iden;
    std::string owner;
    dice luck;
    int tries_left = 1 + 2;
    std::size_t attempts = 0;
    std::size_t open = 0;  // attempts that have no answer yet
    bool placed = false;
    bool unsure = false;    // of an attempt no answer came: nobody knows what became of it
    bool unwanted = false;  // its owner has hung up
    bool refused = false;   // an attempt was answered with an error
    steady_time asked{};
    bool must_ring = false;  // nothing has been wrong for a minute
    bool taken = false;      // the iden is another's as well

    std::string aor() const { return owner + "@" + std::string(domain); }
    std::string key() const { return ascii::to_lower(iden); }
    std::string endpoint() const { return "e-" + owner; }
  };
  // A request that is not answered yet.
  struct attempted {
    plan* of;
    instance* at = nullptr;
    std::shared_ptr<bool> settled;
  };
  enum class heard : std::uint8_t { an_answer, nothing, refusal };

  struct listener final : call::follower {
    void on_change(const call::change& change, std::size_t number) override { hear(change, number); }
    std::function<void(const call::change&, std::size_t)> hear;
  };
  struct following {
    std::shared_ptr<listener> who;
    plan* of;
    std::string place;
    instance* at = nullptr;
    steady_time since{};
    std::size_t seen = 0;
    call::state state = call::state::initiating;
    bool over = false;
    bool cut = false;
  };

  template <class... Args>
  void fail_with(std::string_view about, fmt::format_string<Args...> format, Args&&... args) {
    if (failure_.empty()) {
      const fmt::string_view promise = format;
      broken_.assign(promise.data(), promise.size());
      failure_ = fmt::format(format, std::forward<Args>(args)...);
      about_ = about;
    }
  }

  void advance(milliseconds time);
  instance* instance_at(std::uint64_t number) { return places_.at(number).now.get(); }
  bool lives(const instance* it) const;

  // people.cpp: what people do
  void next_call();
  plan& make_plan(std::string iden, std::string owner, std::size_t number);
  void begin(plan& of);
  void take_iden(plan& of);
  void attempt(plan& of);
  void attempt_at(plan& of, std::uint64_t first, std::uint64_t second);
  void post_call(plan& of, const std::shared_ptr<bool>& settled, const std::string& nonce, std::uint64_t number);
  void settle(plan& of, const std::shared_ptr<bool>& settled, const result<void>& outcome, heard how);
  void answered(plan& of, const result<void>& outcome);
  void follow(plan& of, std::uint64_t number);
  void hear(following& mine, const call::change& change, std::size_t number);
  void eavesdrop(plan& of, instance& at);
  void hang_up(plan& of, int tries);
  void call_once_from_each();

  // disruptions.cpp: what the world does
  void start(std::size_t number);
  void die(std::size_t number);
  void freeze(instance& at, milliseconds time);
  void next_disruption();
  void disrupt(dice luck);
  void lose_data(dice& luck, std::size_t number);
  void take_idens(dice& luck, milliseconds away, milliseconds later);
  void calm_down();

  // promises.cpp: what must hold
  // Nothing was wrong with it for a while.
  bool is_well(const place& it) const;
  // Whatever Redis has lost, it is known which call of that iden that server has.
  bool alone_on(const model_asterisk& server, const plan& of) const;
  bool originated(const plan& of) const { return ordered_by_.contains({of.key(), of.endpoint()}); }
  void note_order(const model_asterisk& server, const std::string& key, const std::string& endpoint);
  void note_hang_up(const model_asterisk& server, const std::string& key, const std::string& endpoint);
  void note_end(const model_asterisk& server, const std::string& key, const std::string& endpoint);
  void note_new_home(const std::string& before, const std::string& now, const std::string& key);
  void check_answer(const plan& of, const result<void>& outcome, std::string_view instance_name);
  void check_unknown(const plan& of, std::string_view at);
  void check_refused(plan& of, std::size_t attempts);
  void check_gone(const plan& of, std::string_view why, bool said_how);
  void check_told(const model_asterisk& server, const std::string& key, const std::string& endpoint);
  void check_bounds();
  void check_leases();
  bool at_rest() const;
  void check_rest();

  agenda agenda_;
  steady_time began_;
  left_out without_;
  model_redis redis_;
  std::vector<std::unique_ptr<model_asterisk>> servers_;
  std::vector<model_asterisk*> server_list_;
  std::vector<std::unique_ptr<loop>> loops_;
  std::array<place, instance_count> places_;
  auth::digester digester_;
  dice people_;
  dice fate_;
  std::deque<plan> plans_;
  std::vector<attempted> attempts_;
  std::deque<following> followings_;
  std::map<std::pair<std::string, std::string>, steady_time> ended_;          // by iden and endpoint, the last time
  std::map<std::string, steady_time> asked_;                                  // by iden in lower case, the first time
  std::map<std::pair<std::string, std::string>, steady_time> ordered_by_;     // with the endpoint
  std::map<std::pair<std::string, std::string>, std::size_t> ordered_there_;  // by server and iden: how often
  std::map<std::string, std::string> moved_;  // idens whose record has had two homes: the last one
  std::set<std::string> orphaned_;            // those whose last home is gone
  std::string failure_;
  std::string broken_;
  std::string about_;
  std::size_t supervised_ = 0;   // where somebody follows every call; no instance: nobody does
  std::uint64_t rush_left_ = 0;  // calls that come one upon the other
  std::size_t calls_begun_ = 0;
  std::size_t disruptions_begun_ = 0;
  std::size_t placed_ = 0;
  bool quiet_ = false;
};

}  // namespace c2c::sim
