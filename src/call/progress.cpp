#include "call/progress.hpp"

#include <array>
#include <charconv>
#include <functional>

#include "base/ascii.hpp"

namespace c2c::call {
namespace {

// A call has four channels, six while one is transferred; more is somebody else's game with our Linkedid.
constexpr std::size_t max_channels = 32;

// AST_CONTROL_BUSY, which IvozProvider's dialplan ends with only where the terminal itself was busy (main/pbx.c). A
// terminal that answered gives a success, so both tell that it was dialled, however late the channels' events are.
constexpr std::string_view busy_reason = "5";

// No channel's id.
constexpr std::string_view unlisted = "~";

// Hang-up causes that a phone's answer leaves behind (ITU-T Q.850; res/res_pjsip, ast_sip_hangup_sip2cause).
constexpr int unknown_cause = 0;
constexpr int normal_clearing = 16;
constexpr int user_busy = 17;
constexpr int no_user_response = 18;
constexpr int no_answer_cause = 19;
constexpr int call_rejected = 21;
constexpr int facility_rejected = 29;

// Asterisk gives the same cause to a person who declines (603) and to a proxy or trunk that forbids the call (403).
// Newer versions name the SIP status too.
int cause_of(const asterisk::message& hangup) {
  static constexpr std::string_view decline = "603";
  int cause = unknown_cause;
  const auto text = hangup.get("Cause");
  std::from_chars(text.data(), text.data() + text.size(), cause);
  const auto status = hangup.get("TechCause");
  return cause == call_rejected && !status.empty() && status != decline ? facility_rejected : cause;
}

}  // namespace

std::string_view to_string(state s) noexcept {
  static constexpr std::array<std::string_view, 6> names{"initiating", "callingCaller", "callingCallee",
                                                         "connected",  "disconnected",  "failed"};
  return names[static_cast<std::size_t>(s)];
}

std::string_view to_string(reason r) noexcept {
  static constexpr std::array<std::string_view, 10> names{
      "",           "hangUp",         "callerBusy",    "callerNoAnswer", "callerFailure", "callerAbandon",
      "calleeBusy", "calleeNoAnswer", "calleeFailure", "other"};
  return names[static_cast<std::size_t>(r)];
}

std::string_view iden_of(const asterisk::message& event) noexcept {
  if (const auto linked = event.get("Linkedid"); !linked.empty()) {
    return linked;
  }
  if (const auto linked = event.get("DestLinkedid"); !linked.empty()) {
    return linked;
  }
  return event.get("Event") == "OriginateResponse" ? event.get("Uniqueid") : std::string_view();
}

progress::progress(std::string_view iden) : iden_(ascii::to_lower(iden)), second_(iden_ + "-2") {}

bool progress::apply(const asterisk::message& event) {
  if (over()) {
    return false;
  }
  const state before = state_;
  const auto name = event.get("Event");
  if (name == "Newchannel") {
    if (channels_.size() < max_channels) {
      channels_.emplace(ascii::to_lower(event.get("Uniqueid")));
    }
  } else if (name == "DialBegin") {
    on_dial_begin(event);
  } else if (name == "DialEnd") {
    on_dial_end(event);
  } else if (name == "BridgeEnter") {
    on_bridge_enter(event);
  } else if (name == "OriginateResponse") {
    on_originate_response(event);
  } else if (name == "HangupRequest") {
    // A half that ends asks the other to end as well, while there is one: the second is asked only where it did not
    // end the call itself.
    first_half_ended_itself_ = first_half_ended_itself_ || ascii::iequals(event.get("Uniqueid"), second_);
  } else if (name == "Hangup") {
    on_hangup(event);
  }
  return before != state_;
}

bool progress::lose() {
  if (over()) {
    return false;
  }
  channels_.clear();
  end(cancelled_ && state_ != state::connected ? reason::caller_abandon : reason::other);
  return true;
}

listed listed::from(const asterisk::message& event) {
  return {ascii::to_lower(event.get("Uniqueid")), std::string(event.get("BridgeId"))};
}

bool progress::recover(std::span<const listed> channels) {
  if (over()) {
    return false;
  }
  const state before = state_;
  channels_.clear();
  for (const listed& each : channels) {
    channels_.emplace(each.unique_id);
    if (each.unique_id == iden_) {
      bridge_ = each.bridge_id;
    } else if (each.unique_id != second_) {
      caller_dialled_ = true;
      advance(state::calling_caller);
    }
    for (const listed& other : channels) {
      if (each.unique_id != other.unique_id && !each.bridge_id.empty() && each.bridge_id == other.bridge_id) {
        meet(each, other);
      }
    }
  }
  if (channels_.empty()) {
    lose();
  }
  return before != state_;
}

void progress::resume(state at, reason why, bool cancelled) {
  state_ = at;
  reason_ = why;
  cancelled_ = cancelled;
  caller_dialled_ = at != state::initiating;
  caller_answered_ = at >= state::calling_callee;
  if (!over()) {
    // Until they are listed: the first half, and others, so that the end of one channel is not the call's.
    channels_ = {iden_, std::string(unlisted)};
  }
}

// Two channels are in one bridge.
void progress::meet(const listed& one, const listed& other) {
  caller_answered_ = true;
  if (one.unique_id == second_ || other.unique_id == second_) {
    advance(state::calling_callee);
  } else {
    // The first half and the callee or, where the Local channel was optimised away, the two legs.
    advance(state::connected);
  }
}

void progress::refuse() {
  state_ = state::failed;
  reason_ = reason::caller_failure;
}

const std::string& progress::hang_up_id() const noexcept {
  return channels_.empty() || channels_.contains(iden_) ? iden_ : *channels_.begin();
}

void progress::on_dial_begin(const asterisk::message& event) {
  const auto dialler = event.get("Uniqueid");
  // The Originate's own dialling of the Local channel names no dialler.
  if (ascii::iequals(dialler, second_)) {
    caller_dialled_ = true;
    advance(state::calling_caller);
  } else if (ascii::iequals(dialler, iden_)) {
    reach_callee();
    callee_ = {};
  }
}

// Whatever the first half does, the second has been answered.
void progress::reach_callee() {
  caller_answered_ = true;
  callee_dialled_ = true;
  advance(state::calling_callee);
}

void progress::on_dial_end(const asterisk::message& event) {
  const auto dialler = event.get("Uniqueid");
  const auto status = event.get("DialStatus");
  if (ascii::iequals(dialler, second_)) {
    if (status == "ANSWER") {
      // Of several phones that rang, the others end as well.
      caller_answered_ = true;
      advance(state::calling_callee);
    } else if (!caller_answered_) {
      caller_ = {ascii::to_lower(event.get("DestUniqueid")), std::string(status)};
    }
  } else if (ascii::iequals(dialler, iden_)) {
    // The beginning may have been missed, with the session.
    reach_callee();
    if (callee_.status != "ANSWER") {
      callee_ = {ascii::to_lower(event.get("DestUniqueid")), std::string(status)};
    }
  }
}

void progress::on_bridge_enter(const asterisk::message& event) {
  const auto bridge = event.get("BridgeUniqueid");
  if (ascii::iequals(event.get("Uniqueid"), iden_)) {
    bridge_ = bridge;
  }
  // Leg 1's own bridge holds iden-2 and the terminal; the call is through once leg 2 meets the first half.
  if (!bridge_.empty() && bridge == bridge_ && event.get("BridgeNumChannels") != "1") {
    advance(state::connected);
  }
}

void progress::on_originate_response(const asterisk::message& event) {
  originate_failed_ = ascii::iequals(event.get("Response"), "Failure");
  if (!originate_failed_ || event.get("Reason") == busy_reason) {
    caller_dialled_ = true;
    advance(state::calling_caller);
  }
}

void progress::on_hangup(const asterisk::message& event) {
  const std::string id = ascii::to_lower(event.get("Uniqueid"));
  if (channels_.erase(id) == 0) {
    return;
  }
  for (attempt* const leg : {&caller_, &callee_}) {
    if (leg->channel == id) {
      leg->cause = cause_of(event);
    }
  }
  if (id == iden_) {
    first_half_cause_ = cause_of(event);
  }
  if (channels_.empty()) {
    end(state_ == state::connected ? reason::hang_up : failed_because());
  }
}

// Of a call that was never connected.
reason progress::failed_because() const {
  if (cancelled_) {
    return reason::caller_abandon;
  }
  if (!caller_answered_) {
    return leg_failed_because(caller_, reason::caller_busy, reason::caller_no_answer, reason::caller_failure);
  }
  if (!callee_dialled_) {
    // The half that should have dialled ended with the caller, or by itself, saying why. Which half hangs up first says
    // nothing: they have a thread each.
    const bool says_nothing = first_half_cause_ == normal_clearing || first_half_cause_ == unknown_cause;
    return says_nothing && !first_half_ended_itself_ ? reason::caller_abandon : reason::callee_failure;
  }
  if (callee_.status.empty() || callee_.status == "CANCEL") {
    return reason::caller_abandon;
  }
  return leg_failed_because(callee_, reason::callee_busy, reason::callee_no_answer, reason::callee_failure);
}

reason progress::leg_failed_because(const attempt& leg, reason busy, reason no_answer, reason failure) {
  // A phone that answers with an error counts as one that does not answer; the cause tells what it said.
  if (leg.status == "BUSY" || leg.cause == user_busy || leg.cause == call_rejected) {
    return busy;
  }
  if (leg.status == "CANCEL") {
    // Whoever takes a call back before its time is over leaves "normal clearing" behind.
    return leg.cause == normal_clearing ? reason::caller_abandon : no_answer;
  }
  const bool silent = leg.cause == unknown_cause || leg.cause == normal_clearing || leg.cause == no_user_response ||
                      leg.cause == no_answer_cause;
  return leg.status == "NOANSWER" && silent ? no_answer : failure;
}

void progress::advance(state next) {
  if (next > state_) {
    state_ = next;
  }
}

void progress::end(reason why) {
  state_ = state_ == state::connected ? state::disconnected : state::failed;
  reason_ = why;
}

}  // namespace c2c::call
