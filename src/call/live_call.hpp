// One call from its admission until it is forgotten. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "base/time.hpp"
#include "call/channel_list.hpp"
#include "call/history.hpp"
#include "call/progress.hpp"
#include "call/record.hpp"
#include "pbx/event.hpp"

namespace c2c::call {

// How long an ended call is remembered: its iden answers a retry, and whoever asks hears how it went.
inline constexpr std::chrono::seconds remembered_for{60};

// The times that all calls have in common.
struct call_times {
  std::chrono::seconds linger = remembered_for;
  std::chrono::seconds watch_withdrawn{30};   // how long a withdrawn call's channels are still looked for
  std::chrono::seconds watch_unheard{3'600};  // the same while its server cannot be heard, and at most
  std::chrono::seconds hang_up_again{1};      // how soon one that lives on is hung up once more
  std::chrono::seconds hang_up_unseen{5};     // the same where no channel of it was ever seen
  std::chrono::seconds dialplan_refuses{1};   // within so long of the caller's answer, dialling nobody
  std::chrono::seconds dialplan_serves{5};    // after so long without dialling it serves the caller itself
  std::chrono::seconds believe_failure{2};    // how long channels may come after the order has failed
  std::chrono::seconds lose_after{60};        // how long a call may go on unheard before it counts as lost
};

// A state machine that only its own transitions change: each takes the time and gives what is to be done, which the
// board does. Nothing else is known of it anywhere.
//
//   placing ──place──▶ placed ──its end, and `linger`──▶ forgotten
//      └────withdraw─▶ withdrawn ──its channels' end──▶ forgotten
//
// A call is in doubt while nobody tells what becomes of it: its server's session was lost after the order was sent, or
// the instance that had watched it is gone. A list of the server's channels ends the doubt.
class live_call {
 public:
  struct identity {
    std::string iden;
    std::string owner;
    std::string destination;
  };

  // What a transition wants done, in this order.
  struct effects {
    std::size_t changes = 0;  // so many of the history's last are new: followers and the webhook are told
    bool publish = false;     // other instances are told
    bool wake = false;        // whoever waits for something of this call looks again
    bool hang_up = false;     // channel_to_end(), on server()
    bool forget = false;      // the call is gone from the board
  };

  // Admitted, and being placed. `longest` is how long such a call can live. `times` outlives the call.
  live_call(identity who, std::string server, std::chrono::milliseconds longest, const call_times& times,
            steady_time now, wall_time at);

  const std::string& iden() const noexcept { return who_.iden; }
  const std::string& key() const noexcept { return key_; }  // the iden in lower case
  const std::string& owner() const noexcept { return who_.owner; }
  const std::string& destination() const noexcept { return who_.destination; }
  const std::string& server() const noexcept { return server_; }
  call::phase phase() const noexcept { return phase_; }
  const call::history& history() const noexcept { return history_; }
  const call::progress& progress() const noexcept { return progress_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool in_doubt() const noexcept { return in_doubt_since_.has_value(); }
  bool shared() const noexcept { return shared_; }
  // When expire() is to be called; never: max().
  steady_time expires() const noexcept { return expires_; }
  std::string_view channel_to_end() const noexcept;

  // The order was sent under that name: from here on the server may act.
  void sent(std::string_view order) {
    order_ = order;
    ordered_ = true;
  }
  // Other instances are told of the call from here on.
  void share() noexcept { shared_ = true; }
  // Nor from here on: they know another call of that iden.
  void unshare() noexcept { shared_ = false; }

  // 200 is answered.
  effects place(steady_time now);
  // 200 is answered for a call that is over before anything was ordered: its terminal has no phone.
  effects refuse(steady_time now, wall_time at);
  // An error is answered. With `may_exist` its channels are looked for and hung up.
  effects withdraw(failure why, bool may_exist, steady_time now);
  // Another instance has the call: whoever waits for it here is answered 200.
  effects release();
  // Its owner wants a placed call to end: hung up again and again until it is over.
  effects cancel(steady_time now);

  // What its server said to a hang-up: whether it lets us end the call.
  effects hang_up_answered(bool allowed);
  bool hang_up_refused() const noexcept { return hang_up_refused_ && !progress_.over(); }

  // An event of its server's, of this iden.
  effects hear(const pbx::event& event, steady_time now, wall_time at);
  effects server_lost(steady_time now);
  effects server_ready(steady_time now);
  // A list of the server's channels is asked for, from here on; the events meanwhile are heard() as well.
  void begin_list();
  bool listing() const noexcept { return listing_; }
  effects end_list(steady_time now, wall_time at);

  // Goes on as another instance has left it, in doubt.
  effects take_over(const record& known, steady_time now, wall_time at);
  effects expire(steady_time now, wall_time at);
  // Another instance has it now, or had it and has forgotten it: it is not this one's to answer or to end.
  effects let_go();

  // What other instances should know, but for this one's name; and for how long from `now`.
  record to_record(steady_time now, wall_time at) const;
  std::chrono::milliseconds record_life(steady_time now) const;

 private:
  effects note(effects so_far, wall_time at);
  effects lose(steady_time now, wall_time at);
  effects give_up(steady_time now, wall_time at);
  effects serve_from_dialplan(steady_time now, wall_time at);
  void settle(steady_time now);
  void watch(steady_time now);
  bool may_go_on() const noexcept { return progress_.exists() || in_doubt(); }
  std::chrono::seconds hang_up_interval() const noexcept;
  void doubt(steady_time now);
  void check() const noexcept;

  identity who_;
  std::string key_;
  std::string server_;  // who got the order; empty where nobody is to get one
  std::string order_;   // its name, where this instance has sent it
  const call_times* times_;
  call::history history_;
  call::progress progress_;
  call::phase phase_ = phase::placing;
  std::optional<failure> refused_;    // why it was withdrawn
  std::optional<steady_time> begun_;  // as far as it is known
  steady_time live_until_;            // longer than that no such call lasts
  steady_time expires_ = steady_time::max();
  steady_time watched_until_{};  // of a call that is unwanted
  std::optional<steady_time> in_doubt_since_;
  std::optional<steady_time> in_dialplan_since_;
  channel_list found_;  // while listing
  bool listing_ = false;
  bool ordered_ = false;  // the server may act, or have acted
  bool shared_ = false;
  bool hang_up_refused_ = false;
};

}  // namespace c2c::call
