// One board of many: what is on this instance's is told to the others, and what is on theirs is asked for there.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "call/board.hpp"
#include "call/shared_calls.hpp"
#include "cluster/peers.hpp"
#include "net/asio.hpp"

namespace c2c::cluster {

// Lives on the exchange's thread. The others follow a call by what its home publishes, and ask the home to hang it up.
// Where the home is gone whoever is asked for the call takes it over, and asks the PBX how far it is.
//
// A home that is only cut off from Redis goes on as well. Both then tell what the PBX tells them. One that stood still
// neither orders, answers nor ends a call before it has looked which of its calls are others' by now.
class sharing final : public call::shared_calls {
 public:
  // Both are used from here on, and outlive it.
  sharing(asio::io_context& context, call::board& calls, peers& others);
  ~sharing() override;
  sharing(const sharing&) = delete;
  sharing& operator=(const sharing&) = delete;

  task<result<claimed>> claim(call::call_view call, steady_time deadline) override;
  task<result<found>> find(std::string iden, std::string owner) override;
  task<result<call::history>> follow(std::string iden, std::string owner, std::shared_ptr<call::follower> who) override;
  void unfollow(const std::string& iden, const call::follower* who) override;
  task<result<call::history>> cancel_there(call::record there, steady_time deadline) override;
  result<call::call_view> adopt(call::record there) override;
  void publish(const call::live_call& call) override;
  void unpublish(const call::live_call& call) override;
  steady_time ours_until() const override { return others_.ours_until(); }
  task<bool> settle(steady_time deadline) override;

  // Redis may have forgotten what it was told.
  void tell_all_again();
  void stop();

  bool reachable() const noexcept { return others_.reachable(); }
  std::size_t followed() const noexcept { return remotes_.size(); }
  std::uint64_t taken_over() const noexcept { return taken_over_; }

 private:
  // A call of another instance that somebody here follows.
  struct remote {
    call::record last;      // of which instance told last
    call::history history;  // to the followers
    std::vector<std::shared_ptr<call::follower>> followers;
    std::optional<steady_time> missing_since;
  };

  // With this instance as its home.
  call::record record_of(const call::live_call& call) const;
  void take_over(const call::live_call& call, const call::record& there);
  void tell_again();
  void merge(const call::record& news);
  void drop(const std::string& key);
  task<void> keep_up();
  task<bool> look_who_has_them();
  task<bool> let_go_if_taken(std::string key, std::optional<call::record> there);
  task<bool> look_after(std::vector<std::string> keys);
  task<void> look_once(std::string key);
  void take_over_followed(const std::string& key);
  void miss(const std::string& key);
  void lose(const std::string& key);

  asio::io_context& context_;
  call::board& calls_;
  peers& others_;
  std::map<std::string, remote, std::less<>> remotes_;  // by iden in lower case
  std::set<std::string> untold_;                        // keys of calls whose records may not have arrived
  timer timer_;
  std::uint64_t taken_over_ = 0;
  bool stood_still_ = false;  // and the log says so
  std::shared_ptr<bool> stopped_ = std::make_shared<bool>(false);
};

}  // namespace c2c::cluster
