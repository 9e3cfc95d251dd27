// One board of many: what is on this instance's is told to the others, and what is on theirs is asked for there.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/errc.hpp"
#include "call/board.hpp"
#include "call/follower.hpp"
#include "call/record.hpp"
#include "cluster/peers.hpp"
#include "net/asio.hpp"

namespace c2c::call {

// Lives on the exchange's thread. A call has a home: the instance that placed it and watches it. The others know of it
// by its record, follow it by what its home publishes, and ask the home to hang it up. Where the home is gone whoever
// is asked for the call takes it over, and asks Asterisk how far it is.
//
// A home that is only cut off from Redis goes on as well. Both then tell what Asterisk tells them, which is the same.
class sharing {
 public:
  // All are used from here on; `connect` keeps up a session with a server of whose calls something must be known.
  sharing(asio::io_context& context, board& calls, peers& others, std::function<void(const std::string&)> connect);
  ~sharing();
  sharing(const sharing&) = delete;
  sharing& operator=(const sharing&) = delete;

  // Of a call that this instance has just admitted:
  enum class claimed : std::uint8_t {
    mine,     // nobody else has it: go on and originate
    placed,   // another instance has answered 200 for it; or this one has taken it over, placed
    placing,  // taken over from an instance that died while it placed it: in doubt
  };
  // Errors: iden_in_use, rejected (another instance's attempt has just failed), timed_out (it does not come to an end),
  // store_unavailable, overloaded.
  task<result<claimed>> claim(std::shared_ptr<live_call> call);

  // A placed call that is not on the board, wherever it is.
  struct found {
    std::shared_ptr<live_call> here;  // it was taken over
    record there;                     // otherwise
  };
  // Errors: unknown_call, store_unavailable, overloaded.
  task<result<found>> find(std::string iden, std::string owner);
  // `who` is told of what comes after the returned history. Errors: those of find, overloaded (too many follow it).
  task<result<history>> follow(std::string iden, std::string owner, std::shared_ptr<follower> who);
  void unfollow(const std::string& iden, const follower* who);
  // Has the call hung up by its home, and waits for its end until `deadline`. Errors: not_found, the home does not
  // listen: take it over with `adopt`.
  task<result<history>> cancel_there(record there, steady_time deadline);
  // Errors: overloaded.
  result<std::shared_ptr<live_call>> adopt(const record& there);

  // Redis may have forgotten what it was told.
  void tell_all_again();
  void stop();

  bool reachable() const noexcept { return others_.reachable(); }
  std::size_t followed() const noexcept { return remotes_.size(); }
  std::uint64_t taken_over() const noexcept { return taken_over_; }

 private:
  // A call of another instance that somebody here follows.
  struct remote {
    record last;
    std::vector<std::shared_ptr<follower>> followers;
    std::optional<steady_time> missing_since;
  };

  void take_over(live_call& call, const record& there);
  void tell(const live_call& call);
  void tell_again();
  void merge(const record& news);
  void drop(const std::string& key);
  task<void> keep_up();
  task<bool> look_after(std::string key);
  task<void> look_once(std::string key);
  void lose(const std::string& key);

  asio::io_context& context_;
  board& calls_;
  peers& others_;
  std::function<void(const std::string&)> connect_;
  std::map<std::string, remote, std::less<>> remotes_;  // by iden in lower case
  std::set<std::string> untold_;                        // keys of calls whose records may not have arrived
  timer timer_;
  std::uint64_t taken_over_ = 0;
  std::shared_ptr<bool> stopped_ = std::make_shared<bool>(false);
};

}  // namespace c2c::call
