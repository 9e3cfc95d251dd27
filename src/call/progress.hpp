// How one call goes, told from Asterisk's events. Pure: no clock, no socket.
//
// A call is two halves of a Local channel, `iden` and `iden-2`, and the channels that they dial: `iden-2` dials the
// caller's terminal (leg 1), `iden` the destination (leg 2). Each event of the call carries the iden as Linkedid or
// DestLinkedid. Where the Local channel is optimised away, the halves end and the two legs stay, in one bridge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "asterisk/message.hpp"

namespace c2c::call {

// States and reasons are those of CAMARA's ClickToDial (API definition click-to-dial.yaml), which names them and says
// no more. Here busy is also who declines: somebody was there and wants no call now, and whether a phone then says 486
// or 603 is its maker's choice. NoAnswer is silence until the time is over, or a phone that says so (408, 480). Failure
// is a call that reaches no phone: no such number, not registered, forbidden, a trunk that is down. Abandoned is one
// that the caller gave up, or cancelled, before it was connected.
enum class state : std::uint8_t { initiating, calling_caller, calling_callee, connected, disconnected, failed };
enum class reason : std::uint8_t {
  none,
  hang_up,
  caller_busy,
  caller_no_answer,
  caller_failure,
  caller_abandon,
  callee_busy,
  callee_no_answer,
  callee_failure,
  other,
};

std::string_view to_string(state s) noexcept;
std::string_view to_string(reason r) noexcept;

// The iden that an event belongs to, as Asterisk spells it; empty for other events.
std::string_view iden_of(const asterisk::message& event) noexcept;

// A channel of the call, as a CoreShowChannel event lists it (main/manager.c, action_coreshowchannels).
struct listed {
  std::string unique_id;  // lower case
  std::string bridge_id;  // empty: in no bridge

  static listed from(const asterisk::message& event);
};

class progress {
 public:
  explicit progress(std::string_view iden);

  // Takes one event of this call into account. Returns whether the state changed. Nothing changes after the last state.
  bool apply(const asterisk::message& event);

  // The session that told the events is gone, and with it all knowledge: ends the call as `failed` or `disconnected`,
  // `other`.
  bool lose();

  // The owner wants the call to end.
  void cancel() noexcept { cancelled_ = true; }

  // The session is back, and these are the channels that the call has: replaces what was known of them. The state goes
  // on as far as they prove it, never back; where there is none the call ends as by lose(). Returns whether the state
  // changed.
  bool recover(std::span<const listed> channels);

  // Goes on where another left off: only its state is known, and recover() is to tell the rest.
  void resume(state at, reason why, bool cancelled);

  // There is no phone to dial: ends the call as `failed`, `callerFailure` before it began.
  void refuse();

  state now() const noexcept { return state_; }
  reason why() const noexcept { return reason_; }  // none before the last state

  bool exists() const noexcept { return !channels_.empty(); }  // a channel of the call is up
  bool caller_dialled() const noexcept { return caller_dialled_; }
  // The OriginateResponse was a failure. It overtakes the events of the call's channels, so these may still come and
  // tell more: that the terminal was dialled and busy, say.
  bool originate_failed() const noexcept { return originate_failed_; }
  bool over() const noexcept { return state_ == state::disconnected || state_ == state::failed; }

  // The unique id of the channel whose hang-up ends the call: the first half, or what is left where that is gone.
  const std::string& hang_up_id() const noexcept;

 private:
  // What became of the dialling of one leg; of several that were tried, the last.
  struct attempt {
    std::string channel;  // that was dialled
    std::string status;   // the DialEnd's DialStatus; empty: none yet
    int cause = 0;        // the channel's hang-up cause (ITU-T Q.850); 0: none
  };

  void meet(const listed& one, const listed& other);
  void reach_callee();
  void on_dial_begin(const asterisk::message& event);
  void on_dial_end(const asterisk::message& event);
  void on_bridge_enter(const asterisk::message& event);
  void on_originate_response(const asterisk::message& event);
  void on_hangup(const asterisk::message& event);
  void advance(state next);
  void end(reason why);
  reason failed_because() const;
  static reason leg_failed_because(const attempt& leg, reason busy, reason no_answer, reason failure);

  std::string iden_;    // lower case
  std::string second_;  // lower case
  std::set<std::string, std::less<>> channels_;
  std::string bridge_;  // that the first half is in: leg 2's
  attempt caller_;
  attempt callee_;
  int first_half_cause_ = 0;
  state state_ = state::initiating;
  reason reason_ = reason::none;
  bool caller_dialled_ = false;
  bool caller_answered_ = false;
  bool callee_dialled_ = false;
  bool originate_failed_ = false;
  bool first_half_ended_itself_ = false;
  bool cancelled_ = false;
};

}  // namespace c2c::call
