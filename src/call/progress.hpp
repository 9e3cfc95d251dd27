// Where a call stands, from what its PBX tells of it. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "call/states.hpp"
#include "pbx/event.hpp"

namespace c2c::call {

// A channel of the call, as the PBX lists it.
struct listed_channel {
  std::string id;  // lower case
  pbx::channel::role is = pbx::channel::role::phone;
  std::string bridge;  // empty: in no bridge
};

// States go forward only, and nothing changes after the last.
class progress {
 public:
  // Takes one event of this call into account.
  void apply(const pbx::event& event);

  // Nobody tells any more what becomes of the call, and it counts as over: `failed` or `disconnected`, for reason
  // `other`, or `callerAbandon` where its owner wanted it to end before it was connected.
  void lose();

  // The owner wants the call to end.
  void cancel() noexcept { cancelled_ = true; }
  bool cancelled() const noexcept { return cancelled_; }

  // These are the channels that the call has: replaces what was known of them. The state goes on as far as they prove
  // it, never back; where there is none the call ends as by lose().
  void recover(std::span<const listed_channel> channels);

  // Goes on where another left off: only its state is known, and recover() is to tell the rest.
  void resume(state at, reason why, bool cancelled);

  // The caller has answered, and nobody is dialled for them: either the dialplan is about to, or it serves them itself
  // (an IVR, a voice mail, a conference), which it tells nobody.
  bool in_dialplan() const noexcept;
  // It has taken longer than a refusal does: if it now ends by itself it has served them.
  void note_long_in_dialplan() noexcept { long_in_dialplan_ = true; }
  // The latter, as it has had its time: the call is connected.
  void serve_from_dialplan() noexcept { advance(state::connected); }

  // There is no phone to dial: ends the call as `failed`, `callerFailure`, before it began.
  void refuse() noexcept;

  state now() const noexcept { return state_; }
  reason why() const noexcept { return reason_; }  // none before the last state

  bool exists() const noexcept { return !channels_.empty(); }  // a channel of the call is up
  bool caller_dialled() const noexcept { return caller_dialled_; }
  // The order has failed, says the PBX. That overtakes the events of the call's channels, so these may still come and
  // tell more: that the terminal was dialled and busy, say.
  bool order_failed() const noexcept { return order_failed_; }
  bool over() const noexcept { return is_last(state_); }

  // The id of the channel whose end is the call's: the destination's half, or what is left where that is gone. Empty
  // where no channel is known.
  std::string_view channel_to_end() const noexcept;

 private:
  // What became of the dialling of one leg; of several phones that were tried, the last.
  struct attempt {
    std::string phone;  // the channel that was dialled
    pbx::dial_result how = pbx::dial_result::none;
    pbx::end_cause cause = pbx::end_cause::unknown;  // of that channel's end
  };
  struct known_channel {
    std::string id;  // lower case
    pbx::channel::role is;

    friend bool operator<(const known_channel& a, const known_channel& b) noexcept { return a.id < b.id; }
  };
  using role = pbx::channel::role;

  void on(const pbx::something& /*event*/) {}
  void on(const pbx::channel_began& event);
  void on(const pbx::dial_began& event);
  void on(const pbx::dial_ended& event);
  void on(const pbx::bridge_entered& event);
  void on(const pbx::end_asked& event);
  void on(const pbx::channel_ended& event);
  void on(const pbx::order_done& event);
  void on(const pbx::channel_listed& /*event*/) {}
  void on(const pbx::list_done& /*event*/) {}
  void meet(const listed_channel& first, const listed_channel& second);
  void reach_destination();
  void advance(state next) noexcept;
  void end(reason why) noexcept;
  reason failed_because() const;
  bool dialplan_has_served() const noexcept;
  static reason leg_failed_because(const attempt& leg, reason busy, reason no_answer, reason failure);

  std::set<known_channel> channels_;
  std::string bridge_;  // that the destination's half is in
  attempt caller_;
  attempt destination_;
  pbx::end_cause half_ended_because_ = pbx::end_cause::unknown;  // the destination's half
  state state_ = state::initiating;
  reason reason_ = reason::none;
  bool caller_dialled_ = false;
  bool caller_answered_ = false;
  bool destination_dialled_ = false;
  bool order_failed_ = false;
  bool half_ended_itself_ = false;  // the destination's half
  bool long_in_dialplan_ = false;
  bool heard_all_ = true;  // from the call's beginning
  bool cancelled_ = false;
};

}  // namespace c2c::call
