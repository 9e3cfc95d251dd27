// How one call goes, told from Asterisk's events. Pure: no clock, no socket.
//
// A call is two halves of a Local channel, `iden` and `iden-2`, and the channels that they dial: `iden-2` dials the
// caller's terminal (leg 1), `iden` the destination (leg 2). Each event of the call carries the iden as Linkedid or
// DestLinkedid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "ami/message.hpp"

namespace c2c::call {

// States and reasons are those of CAMARA's ClickToDial (API definition click-to-dial.yaml).
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
std::string_view iden_of(const ami::message& event) noexcept;

// A channel of the call, as a CoreShowChannel event lists it (main/manager.c, action_coreshowchannels).
struct listed {
  std::string unique_id;    // lower case
  std::string bridge_id;    // empty: in no bridge
  std::string application;  // "Dial", "AppDial"; empty where it runs none

  static listed from(const ami::message& event);
};

class progress {
 public:
  explicit progress(std::string_view iden);

  // Takes one event of this call into account. Returns whether state or reason changed. Nothing changes after the last
  // state.
  bool apply(const ami::message& event);

  // The session that told the events is gone, and with it all knowledge: ends the call as `failed` or `disconnected`,
  // `other`.
  bool lose();

  // The owner wants the call to end.
  void cancel() noexcept { cancelled_ = true; }

  // The session is back, and these are the channels that the call has: replaces what was known of them. Ends the call
  // as lose() does where there is none. Returns whether the state changed.
  bool recover(std::span<const listed> channels);

  // There is no phone to dial: ends the call as `failed`, `callerFailure` before it began.
  void refuse();

  state now() const noexcept { return state_; }
  reason why() const noexcept { return reason_; }

  bool exists() const noexcept { return !channels_.empty(); }  // a channel of the call is up
  bool caller_dialled() const noexcept { return caller_dialled_; }
  // The OriginateResponse was a failure. It overtakes the events of the call's channels, so these may still come and
  // tell more: that the terminal was dialled and busy, say.
  bool originate_failed() const noexcept { return originate_failed_; }
  bool over() const noexcept { return state_ == state::disconnected || state_ == state::failed; }

 private:
  void on_dial_begin(const ami::message& event);
  void on_dial_end(const ami::message& event);
  void on_bridge_enter(const ami::message& event);
  void on_originate_response(const ami::message& event);
  void on_hangup(const ami::message& event);
  void advance(state next);
  void end(reason fallback);

  std::string iden_;    // lower case
  std::string second_;  // lower case
  std::set<std::string, std::less<>> channels_;
  std::set<std::string, std::less<>> bridged_;
  state state_ = state::initiating;
  reason reason_ = reason::none;
  bool caller_dialled_ = false;
  bool caller_answered_ = false;
  bool callee_dialled_ = false;
  bool originate_failed_ = false;
  bool cancelled_ = false;
};

}  // namespace c2c::call
