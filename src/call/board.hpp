// The calls that are alive, by iden: what makes a retry harmless, an answer true and a call visible. Pure: takes events
// and `now`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "asterisk/message.hpp"
#include "base/ascii.hpp"
#include "base/errc.hpp"
#include "call/follower.hpp"
#include "call/history.hpp"
#include "call/progress.hpp"
#include "call/record.hpp"
#include "net/asio.hpp"

namespace c2c::call {

struct live_call {
  std::string iden;
  std::string key;  // the iden in lower case
  std::string owner;
  std::string destination;
  std::string server;     // whose AMI got the Originate
  std::string action_id;  // of the Originate, once it was written
  call::progress progress;
  call::phase phase = phase::placing;
  std::optional<failure> refused;  // why it was withdrawn
  steady_time forget_at = steady_time::max();
  steady_time live_until = steady_time::max();     // of a placed call: longer than that none lasts
  steady_time watched_until = steady_time::max();  // of a withdrawn or cancelled call
  bool cancelled = false;                          // its owner wants it to end
  bool doubtful = false;                           // its server's session was lost since it was last heard of
  bool asked_for = false;                          // the list of channels that is under way is for this call as well
  std::vector<listed> found;                       // channels that it holds so far
  bool shared = false;                             // other instances are told of it
  history told;
  std::vector<std::shared_ptr<follower>> followers;
  struct watcher {
    const void* who;
    std::function<void()> wake;
  };
  std::vector<watcher> watchers;  // woken on each change, then dropped
  struct {
    call::phase phase = phase::placing;
    bool cancelled = false;
    std::size_t changes = 1;
  } recorded;  // what others were told last

  explicit live_call(std::string_view iden_) : iden(iden_), key(ascii::to_lower(iden_)), progress(iden_) {}
};

// Belongs to the exchange's thread, the only one to write.
class board {
 public:
  struct options {
    std::size_t max_calls = 65'536;
    std::size_t max_followers = 16;             // of one call
    std::chrono::seconds linger{60};            // how long an ended call's iden still answers a retry
    std::chrono::seconds watch_withdrawn{30};   // how long a withdrawn call's channels are still looked for
    std::chrono::seconds watch_unheard{3'600};  // the same while its server cannot be reached, and at most
    std::chrono::seconds hang_up_again{1};      // how soon one that lives on is hung up once more
    std::chrono::seconds believe_failure{2};    // how long channels may come after a failed OriginateResponse
    std::chrono::seconds lose_after{60};        // how long a call may go on unheard before it counts as lost
    std::chrono::seconds list_again{10};        // how soon a list of channels that does not end is asked for once more
    std::function<wall_time()> clock = [] {
      return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
  };

  // What a request for an iden meets.
  enum class admission : std::uint8_t {
    fresh,      // a new call: go on and originate
    same,       // the same call, being placed or placed already
    conflict,   // the iden belongs to another call
    withdrawn,  // the same call has just failed and may still have to be hung up
    full,
  };

  explicit board(options chosen) : options_(std::move(chosen)) {}

  struct admitted {
    admission what;
    std::shared_ptr<live_call> call;  // null when full
  };
  admitted admit(std::string_view iden, std::string_view owner, std::string_view destination, std::string_view server);

  // 200 was answered: the call is kept until `longest` after now or, once it is over, for the linger time.
  void place(live_call& call, std::chrono::milliseconds longest, steady_time now);
  // The same for a call that is over before anything was originated: its terminal has no phone.
  void refuse(live_call& call, steady_time now);
  // An error is answered. With `may_exist` its channels are looked for, and hung up through `on_unwanted`.
  void withdraw(live_call& call, failure why, bool may_exist, steady_time now);

  // Called with the server, and the unique id of a channel, of a withdrawn or cancelled call that shows a sign of life.
  std::function<void(const std::string& server, const std::string& channel)> on_unwanted;
  // Called with each change of each placed call: those before the 200 as soon as it is placed.
  std::function<void(const live_call& call, std::size_t number)> on_change;
  // Called where the channels of this server have to be listed (CoreShowChannels), one list at a time.
  std::function<void(const std::string& server)> on_list_wanted;
  // Called when there is something new to be told to other instances of a shared call, and when it is forgotten before
  // it ever was a call.
  std::function<void(const live_call& call)> on_record;
  std::function<void(const live_call& call)> on_forgotten;

  // The call is another instance's, which answered 200: whoever waits for it here is told so.
  void release(live_call& call);
  // Makes a call that was just admitted go on as another instance left it: in doubt, until its server has listed the
  // channels that it has.
  void take_over(live_call& call, const record& known, steady_time now);
  // What other instances should know of the call, but for the name of this one; and for how long from `now`.
  record record_of(const live_call& call, steady_time now) const;
  std::chrono::milliseconds record_life(const live_call& call, steady_time now) const;
  // The shared calls, for who has to tell of all of them again.
  std::vector<std::string> shared_keys() const;
  std::shared_ptr<live_call> by_key(const std::string& key) const;

  // The placed call of that iden and owner; null where there is none.
  std::shared_ptr<live_call> find(std::string_view iden, std::string_view owner) const;
  // Tells `who` of every change after those in the call's history. False where too many are told already.
  bool follow(live_call& call, std::shared_ptr<follower> who) const;
  static void unfollow(live_call& call, const follower* who);
  // Hangs a placed call up, again and again until it is over.
  void cancel(live_call& call, steady_time now);

  void apply(std::string_view server, const asterisk::message& event, steady_time now);
  // The server's session was lost: whatever happens to its calls is not heard.
  void lost(std::string_view server, steady_time now);
  // It is back. Returns the unique ids of channels to be hung up.
  std::vector<std::string> regained(std::string_view server, steady_time now);

  // Forgets what has had its time, and asks again for the end of withdrawn calls that live on. Call it about once a
  // second.
  void sweep(steady_time now);

  std::size_t size() const noexcept { return calls_.size(); }
  // Whether `server` has ever told of a channel since its session began: an AMI user without `call` rights hears none.
  bool hears(std::string_view server) const;
  // Whether calls of it are in doubt until its session is back.
  bool awaits(std::string_view server) const { return unheard_since_.contains(server); }

 private:
  void changed(live_call& call) const;
  void hang_up(const live_call& call) const;
  void note(live_call& call) const;
  void give_up(live_call& call, steady_time now);
  void lose(live_call& call, steady_time now);
  void settle(live_call& call, steady_time now);
  void forget_at(live_call& call, steady_time when);
  void forget(live_call& call);
  bool make_room();
  static void list_channel(live_call& call, const asterisk::message& what);
  void list_channels(const std::string& server, steady_time now);
  void list_overdue(steady_time now);
  void recover_doubtful(std::string_view server, steady_time now);
  void lose_unheard(steady_time now);

  options options_;
  std::unordered_map<std::string, std::shared_ptr<live_call>> calls_;  // by key
  std::set<std::pair<steady_time, live_call*>> expiries_;              // what is to be forgotten, soonest first
  std::set<std::string, std::less<>> sessions_;                        // servers that there is one with
  std::set<std::string, std::less<>> hearing_;                         // servers
  std::map<std::string, steady_time, std::less<>> unheard_since_;      // servers with doubtful calls
  struct list {
    steady_time asked;
    bool once_more = false;  // calls came in doubt after it was asked for
  };
  std::map<std::string, list, std::less<>> lists_;  // of channels, under way; by server
  std::string key_;                                 // spares an allocation for each event
};

}  // namespace c2c::call
