#include "call/progress.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "log/invariant.hpp"

namespace c2c::call {
namespace {

// A call has four channels, six while one is transferred; more is somebody else's game with our call.
constexpr std::size_t max_channels = 32;

// Stands for the channels of a call that was taken over, until they are listed. No channel's id.
constexpr std::string_view unlisted = "~";

}  // namespace

void progress::apply(const pbx::event& event) {
  if (!over()) {
    std::visit([this](const auto& fact) { on(fact); }, event.fact);
  }
}

void progress::lose() {
  if (over()) {
    return;
  }
  channels_.clear();
  end(cancelled_ && state_ != state::connected ? reason::caller_abandon : reason::other);
}

void progress::recover(std::span<const listed_channel> channels) {
  if (over()) {
    return;
  }
  channels_.clear();
  heard_all_ = false;
  for (const listed_channel& listed : channels) {
    channels_.insert({listed.id, listed.is});
    if (listed.is == role::destination_half) {
      bridge_ = listed.bridge;
    } else if (listed.is == role::phone) {
      caller_dialled_ = true;
      advance(state::calling_caller);
    }
    for (const listed_channel& other : channels) {
      if (listed.id != other.id && !listed.bridge.empty() && listed.bridge == other.bridge) {
        meet(listed, other);
      }
    }
  }
  if (channels_.empty()) {
    lose();
  }
}

void progress::resume(state at, reason why, bool cancelled) {
  state_ = at;
  reason_ = why;
  cancelled_ = cancelled;
  heard_all_ = false;
  caller_dialled_ = at != state::initiating;
  caller_answered_ = at >= state::calling_callee;
  if (!over()) {
    // So that the end of one channel is not the call's.
    channels_ = {{std::string(unlisted), role::phone}};
  }
}

// Two channels are in one bridge.
void progress::meet(const listed_channel& first, const listed_channel& second) {
  caller_answered_ = true;
  if (first.is == role::caller_half || second.is == role::caller_half) {
    advance(state::calling_callee);
  } else {
    // The destination's half and its phone or, where the PBX took its own channels out of the way, the two phones.
    advance(state::connected);
  }
}

void progress::refuse() noexcept {
  state_ = state::failed;
  reason_ = reason::caller_failure;
}

std::string_view progress::channel_to_end() const noexcept {
  const auto half = std::ranges::find(channels_, role::destination_half, &known_channel::is);
  if (half != channels_.end()) {
    return half->id;
  }
  return channels_.empty() || channels_.begin()->id == unlisted ? std::string_view() : channels_.begin()->id;
}

void progress::on(const pbx::channel_began& event) {
  if (channels_.size() < max_channels) {
    channels_.insert({ascii::to_lower(event.of.id), event.of.is});
  }
}

void progress::on(const pbx::dial_began& event) {
  if (event.of == pbx::leg::caller) {
    caller_dialled_ = true;
    advance(state::calling_caller);
  } else {
    reach_destination();
    destination_ = {};
  }
}

// Whatever its half does, the caller has answered.
void progress::reach_destination() {
  caller_answered_ = true;
  destination_dialled_ = true;
  advance(state::calling_callee);
}

void progress::on(const pbx::dial_ended& event) {
  if (event.of == pbx::leg::destination) {
    // The beginning may have been missed, with the session.
    reach_destination();
    if (destination_.how != pbx::dial_result::answered) {
      destination_ = {.phone = ascii::to_lower(event.phone), .how = event.how};
    }
  } else if (event.how == pbx::dial_result::answered) {
    // Of several phones that rang, the others end as well.
    caller_answered_ = true;
    advance(state::calling_callee);
  } else if (!caller_answered_) {
    caller_ = {.phone = ascii::to_lower(event.phone), .how = event.how};
  }
}

void progress::on(const pbx::bridge_entered& event) {
  if (event.of.is == role::destination_half) {
    bridge_ = event.bridge;
  }
  // The caller's leg has a bridge of its own; the call is through once somebody meets the destination's half.
  if (!bridge_.empty() && event.bridge == bridge_ && !event.alone) {
    advance(state::connected);
  }
}

void progress::on(const pbx::order_done& event) {
  order_failed_ = event.how != pbx::order_result::placed;
  if (event.how != pbx::order_result::failed) {
    caller_dialled_ = true;
    advance(state::calling_caller);
  }
}

// A half that ends asks the other to end as well, while there is one: the caller's is asked only where it did not end
// the call itself.
void progress::on(const pbx::end_asked& event) {
  half_ended_itself_ = half_ended_itself_ || event.of.is == role::caller_half;
}

void progress::on(const pbx::channel_ended& event) {
  const known_channel gone{ascii::to_lower(event.of.id), event.of.is};
  if (channels_.erase(gone) == 0) {
    return;
  }
  for (attempt* const leg : {&caller_, &destination_}) {
    if (leg->phone == gone.id) {
      leg->cause = event.why;
    }
  }
  if (event.of.is == role::destination_half) {
    half_ended_because_ = event.why;
  }
  if (channels_.empty()) {
    if (dialplan_has_served()) {
      serve_from_dialplan();
    }
    end(state_ == state::connected ? reason::hang_up : failed_because());
  }
}

bool progress::in_dialplan() const noexcept {
  return state_ == state::calling_callee && !destination_dialled_ && !cancelled_ && heard_all_ &&
         std::ranges::find(channels_, role::destination_half, &known_channel::is) != channels_.end();
}

// It has ended the call by itself, and says nothing of a failure.
bool progress::dialplan_has_served() const noexcept {
  return long_in_dialplan_ && state_ == state::calling_callee && !destination_dialled_ && !cancelled_ &&
         half_ended_itself_ && half_ended_because_ == pbx::end_cause::normal;
}

// Of a call that was never connected.
reason progress::failed_because() const {
  if (cancelled_) {
    return reason::caller_abandon;
  }
  if (!caller_answered_) {
    return leg_failed_because(caller_, reason::caller_busy, reason::caller_no_answer, reason::caller_failure);
  }
  if (!destination_dialled_) {
    // The half that should have dialled ended with the caller, or by itself, saying why. Which half hangs up first says
    // nothing: they have a thread each.
    const bool says_nothing =
        half_ended_because_ == pbx::end_cause::normal || half_ended_because_ == pbx::end_cause::unknown;
    return says_nothing && !half_ended_itself_ ? reason::caller_abandon : reason::callee_failure;
  }
  if (destination_.how == pbx::dial_result::none || destination_.how == pbx::dial_result::cancelled) {
    return reason::caller_abandon;
  }
  return leg_failed_because(destination_, reason::callee_busy, reason::callee_no_answer, reason::callee_failure);
}

reason progress::leg_failed_because(const attempt& leg, reason busy, reason no_answer, reason failure) {
  // A phone that answers with an error counts as one that does not answer; the cause tells what it said.
  if (leg.how == pbx::dial_result::busy || leg.cause == pbx::end_cause::busy) {
    return busy;
  }
  if (leg.how == pbx::dial_result::cancelled) {
    // Whoever takes a call back before its time is over leaves "normal clearing" behind.
    return leg.cause == pbx::end_cause::normal ? reason::caller_abandon : no_answer;
  }
  return leg.how == pbx::dial_result::no_answer && leg.cause != pbx::end_cause::failure ? no_answer : failure;
}

void progress::advance(state next) noexcept {
  if (next > state_) {
    state_ = next;
  }
}

void progress::end(reason why) noexcept {
  invariant(!over(), "a call ends once");
  state_ = state_ == state::connected ? state::disconnected : state::failed;
  reason_ = why;
}

}  // namespace c2c::call
