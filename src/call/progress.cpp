#include "call/progress.hpp"

#include <array>
#include <functional>
#include <utility>

#include "base/ascii.hpp"

namespace c2c::call {
namespace {

// A call has four channels, six while one is transferred; more is somebody else's game with our Linkedid.
constexpr std::size_t max_channels = 32;

// AST_CONTROL_BUSY, which IvozProvider's dialplan ends with only where the terminal itself was busy (main/pbx.c). A
// terminal that answered gives a success, so both tell that it was dialled, however late the channels' events are.
constexpr std::string_view busy_reason = "5";

// What a DialEnd says of the leg that it ends (AMI DialStatus; apps/app_dial.c).
reason leg_reason(std::string_view status, reason busy, reason no_answer, reason failure) {
  if (status == "BUSY") {
    return busy;
  }
  if (status == "NOANSWER" || status == "CANCEL") {
    return no_answer;
  }
  return failure;
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

std::string_view iden_of(const ami::message& event) noexcept {
  if (const auto linked = event.get("Linkedid"); !linked.empty()) {
    return linked;
  }
  if (const auto linked = event.get("DestLinkedid"); !linked.empty()) {
    return linked;
  }
  return event.get("Event") == "OriginateResponse" ? event.get("Uniqueid") : std::string_view();
}

progress::progress(std::string_view iden) : iden_(ascii::to_lower(iden)), second_(iden_ + "-2") {}

bool progress::apply(const ami::message& event) {
  if (over()) {
    return false;
  }
  const auto before = std::pair(state_, reason_);
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
  } else if (name == "Hangup") {
    on_hangup(event);
  }
  return before != std::pair(state_, reason_);
}

bool progress::lose() {
  if (over()) {
    return false;
  }
  reason_ = reason::none;
  channels_.clear();
  end(reason::other);
  return true;
}

listed listed::from(const ami::message& event) {
  return {ascii::to_lower(event.get("Uniqueid")), std::string(event.get("BridgeId")),
          std::string(event.get("Application"))};
}

bool progress::recover(std::span<const listed> channels) {
  if (over()) {
    return false;
  }
  channels_.clear();
  for (const listed& each : channels) {
    channels_.emplace(each.unique_id);
  }
  return channels_.empty() && lose();
}

void progress::refuse() {
  state_ = state::failed;
  reason_ = reason::caller_failure;
}

void progress::on_dial_begin(const ami::message& event) {
  const auto dialler = event.get("Uniqueid");
  // The Originate's own dialling of the Local channel names no dialler.
  if (ascii::iequals(dialler, second_)) {
    caller_dialled_ = true;
    advance(state::calling_caller);
  } else if (ascii::iequals(dialler, iden_)) {
    callee_dialled_ = true;
    reason_ = reason::none;
    advance(state::calling_callee);
  }
}

void progress::on_dial_end(const ami::message& event) {
  const auto dialler = event.get("Uniqueid");
  const auto status = event.get("DialStatus");
  if (ascii::iequals(dialler, second_)) {
    if (status == "ANSWER") {
      caller_answered_ = true;
    } else {
      reason_ = leg_reason(status, reason::caller_busy, reason::caller_no_answer, reason::caller_failure);
    }
  } else if (ascii::iequals(dialler, iden_) && status != "ANSWER") {
    // The dialling ends as CANCEL when the caller gives up first, and as NOANSWER when the time is over.
    reason_ = status == "CANCEL"
                  ? reason::caller_abandon
                  : leg_reason(status, reason::callee_busy, reason::callee_no_answer, reason::callee_failure);
  }
}

void progress::on_bridge_enter(const ami::message& event) {
  bridged_.emplace(ascii::to_lower(event.get("Uniqueid")));
  // Leg 1's own bridge holds iden-2 and the terminal; the call is through once leg 2 meets the first half.
  if (callee_dialled_ && bridged_.contains(iden_) && bridged_.size() >= 2) {
    advance(state::connected);
  }
}

void progress::on_originate_response(const ami::message& event) {
  originate_failed_ = ascii::iequals(event.get("Response"), "Failure");
  if (!originate_failed_ || event.get("Reason") == busy_reason) {
    caller_dialled_ = true;
    advance(state::calling_caller);
  }
}

void progress::on_hangup(const ami::message& event) {
  const auto gone = channels_.find(ascii::to_lower(event.get("Uniqueid")));
  if (gone == channels_.end()) {
    return;
  }
  channels_.erase(gone);
  if (channels_.empty()) {
    end(caller_answered_ || cancelled_ ? reason::caller_abandon : reason::caller_failure);
  }
}

void progress::advance(state next) {
  if (next > state_) {
    state_ = next;
  }
}

void progress::end(reason fallback) {
  if (state_ == state::connected) {
    state_ = state::disconnected;
    reason_ = fallback == reason::other ? reason::other : reason::hang_up;
    return;
  }
  state_ = state::failed;
  if (reason_ == reason::none) {
    reason_ = fallback;
  }
}

}  // namespace c2c::call
