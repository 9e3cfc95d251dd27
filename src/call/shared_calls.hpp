// What a call wants of the other instances: who has this iden, tell them, take over. cluster/sharing implements it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/errc.hpp"
#include "call/board.hpp"
#include "call/follower.hpp"
#include "call/history.hpp"
#include "call/live_call.hpp"
#include "call/record.hpp"
#include "net/asio.hpp"

namespace c2c::call {

// A call has a home: the instance that placed it and watches it. The others know of it by its record. Belongs to the
// board's thread. Every wait ends at its deadline.
class shared_calls {
 public:
  virtual ~shared_calls() = default;

  // Of a call that this instance has just admitted:
  enum class claimed : std::uint8_t {
    mine,     // nobody else has it: go on and order it
    placed,   // another instance has answered 200 for it; or this one has taken it over, placed
    placing,  // taken over from an instance that died while it placed it: in doubt
  };
  // Errors: iden_in_use, rejected (another instance's attempt has just failed), timed_out (it does not come to an end),
  // store_unavailable, overloaded.
  virtual task<result<claimed>> claim(call_view call, steady_time deadline) = 0;

  // A placed call that is not on the board, wherever it is.
  struct found {
    call_view here;  // it was taken over
    record there;    // otherwise
  };
  // Errors: unknown_call, store_unavailable, overloaded.
  virtual task<result<found>> find(std::string iden, std::string owner) = 0;
  // `who` is told of what comes after the returned history. Errors: those of find, overloaded (too many follow it).
  virtual task<result<history>> follow(std::string iden, std::string owner, std::shared_ptr<follower> who) = 0;
  virtual void unfollow(const std::string& iden, const follower* who) = 0;
  // Has the call hung up by its home, and waits for its end until `deadline`. Errors: not_found (the home does not
  // listen: take it over with adopt()), store_unavailable.
  virtual task<result<history>> cancel_there(record there, steady_time deadline) = 0;
  // Makes this instance the home of a call that was answered with 200. Errors: overloaded, unknown_call (the iden is
  // another call's here).
  virtual result<call_view> adopt(record there) = 0;

  // Until then nobody takes this instance's calls for a dead one's.
  virtual steady_time ours_until() const = 0;
  // That time has passed, as this instance stood still, and it has not looked yet which of its calls others have.
  bool lapsed() const { return steady_clock::now() >= ours_until(); }
  // Waits for the end of lapsed(), until `deadline` at most; whether it came. What others have is off the board then.
  virtual task<bool> settle(steady_time deadline) = 0;

  // Tells the others what is new of a call, or that it never was one.
  virtual void publish(const live_call& call) = 0;
  virtual void unpublish(const live_call& call) = 0;
};

}  // namespace c2c::call
