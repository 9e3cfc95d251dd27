// The calls that are alive, by iden: what makes a retry harmless, an answer true and a call visible. Pure: takes events
// and the time, and says through its observer what is to be done.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/errc.hpp"
#include "base/time.hpp"
#include "call/follower.hpp"
#include "call/history.hpp"
#include "call/live_call.hpp"
#include "call/record.hpp"
#include "pbx/event.hpp"

namespace c2c::call {

// A call as its board shows it. Holding it keeps it readable after the board has forgotten it.
using call_view = std::shared_ptr<const live_call>;

// What a board wants done. Called from within its members; it may not be changed from there.
class board_observer {
 public:
  virtual ~board_observer() = default;
  // Its channel_to_end(), on its server().
  virtual void hang_up(const live_call& call) = 0;
  virtual void list_channels(const std::string& server) = 0;
  // There are calls in doubt: their server has to be heard again, until release().
  virtual void hold(const std::string& server) = 0;
  virtual void release(const std::string& server) = 0;
  // The change `number` of a placed call; those before its 200 as soon as it is placed.
  virtual void on_change(const live_call& call, std::size_t number) = 0;
  // A shared call has something new for other instances to know, or was forgotten before it ever was a call.
  virtual void publish(const live_call& call) = 0;
  virtual void unpublish(const live_call& call) = 0;
};

// So many may follow one call on one instance, be it its home or not.
inline constexpr std::size_t most_followers = 16;

// Belongs to the exchange's thread, the only one to use it.
class board {
 public:
  struct options {
    std::size_t max_calls = 65'536;
    std::size_t max_followers = most_followers;
    std::chrono::seconds list_again{10};  // how soon a list of channels that does not end is asked for once more
    call_times times;
    std::function<wall_time()> wall = wall_now;
  };

  // What a request for an iden meets.
  enum class admission : std::uint8_t {
    fresh,      // a new call: go on and order it
    same,       // the same call, being placed or placed already
    conflict,   // the iden belongs to another call
    withdrawn,  // the same call has just failed and may still have to be hung up
    full,
  };
  struct admitted {
    admission how;
    call_view call;  // null when full
  };

  explicit board(options chosen) : options_(std::move(chosen)) {}

  // Once, before anything else. Outlives the board's use.
  void observe(board_observer& observer) { observer_ = &observer; }

  // `longest` is how long such a call can live.
  admitted admit(live_call::identity who, std::string server, std::chrono::milliseconds longest, steady_time now);

  // The transitions of live_call. A call that was forgotten meanwhile stays as it is.
  void sent(const live_call& call, std::string_view order);
  void share(const live_call& call);
  void unshare(const live_call& call);
  void place(const live_call& call, steady_time now);
  void refuse(const live_call& call, steady_time now);
  void withdraw(const live_call& call, failure why, bool may_exist, steady_time now);
  void release(const live_call& call, steady_time now);
  void cancel(const live_call& call, steady_time now);
  void take_over(const live_call& call, const record& known, steady_time now);
  void let_go(const live_call& call, steady_time now);
  // What the server said to the hang-up of the call of that key, if it is still here.
  void hang_up_answered(const std::string& key, bool allowed, steady_time now);

  void apply(std::string_view server, const pbx::event& event, steady_time now);
  void server_lost(std::string_view server, steady_time now);
  void server_ready(std::string_view server, steady_time now);
  // Does what is due, and forgets what has had its time. Call it about once a second.
  void sweep(steady_time now);

  // The placed call of that iden and owner; null where there is none.
  call_view find(std::string_view iden, std::string_view owner) const;
  // Any call, by its iden in lower case.
  call_view by_key(const std::string& key) const;
  std::vector<std::string> shared_keys() const;
  record record_of(const live_call& call, steady_time now) const { return call.to_record(now, options_.wall()); }

  // Tells `who` of every change after those in the call's history, and lets it go after the last. False where too many
  // are told already.
  bool follow(const live_call& call, std::shared_ptr<follower> who);
  void unfollow(const live_call& call, const follower* who);
  // Calls `wake` once, at the call's next change of any kind; a call that was forgotten has none. `who` names the
  // waiter, for stop_waiting.
  void wait(const live_call& call, const void* who, std::function<void()> wake);
  void stop_waiting(const live_call& call, const void* who);

  std::size_t size() const noexcept { return calls_.size(); }
  // Calls of that owner that are not over.
  std::size_t alive_of(const std::string& owner) const;
  // Whether `server` has ever told of a channel since its session began: an AMI user without `call` rights hears none.
  bool hears(std::string_view server) const;

 private:
  struct waiter {
    const void* who;
    std::function<void()> wake;
  };
  struct entry {
    live_call call;
    std::vector<std::shared_ptr<follower>> followers;
    std::vector<waiter> waiters;
    std::uint64_t number = 0;  // in the order of admission
  };
  using handle = std::shared_ptr<entry>;
  // Of channels, under way.
  struct channel_list {
    steady_time asked;
    bool once_more = false;  // calls came into doubt after it was asked for
  };
  struct server_state {
    bool ready = false;        // there is a session
    bool heard = false;        // that has told of a channel
    std::size_t in_doubt = 0;  // calls of it
    std::optional<channel_list> list;
  };

  handle entry_of(const live_call& call) const;
  // Runs a transition and does what it wants done.
  template <class Transition>
  void change(const handle& of, Transition transition, steady_time now);
  void carry_out(const handle& of, const live_call::effects& wanted);
  void forget(const handle& of);
  void count_doubt(const std::string& server, bool before, bool after);
  void count_alive(const std::string& owner, bool before, bool after);
  void drop_unused(const std::string& server);
  bool make_room();
  std::vector<handle> calls_of(std::string_view server) const;
  void ask_for_list(const std::string& server, steady_time now);
  void end_list(const std::string& server, steady_time now);

  options options_;
  board_observer* observer_ = nullptr;
  std::unordered_map<std::string, handle> calls_;                     // by key
  std::map<std::pair<steady_time, std::uint64_t>, entry*> expiries_;  // by time and entry::number
  std::map<std::string, server_state, std::less<>> servers_;
  std::unordered_map<std::string, std::size_t> alive_;  // calls that are not over, by owner
  std::uint64_t admitted_ = 0;
  std::string key_;  // spares an allocation for each event
};

}  // namespace c2c::call
