// The other instances, as Redis knows them: which call is whose, and what they say.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "call/record.hpp"
#include "cluster/lease.hpp"
#include "net/asio.hpp"
#include "redis/commands.hpp"

namespace c2c::cluster {

// On the exchange's thread. Needs Redis 6 or later, or Valkey: GET, MGET, SET, DEL, EXISTS, PUBLISH, SUBSCRIBE.
//
// c2c:call:<iden> holds the record of a call, and is the channel on which its home tells of it; c2c:instance:<name> is
// there while the instance is, and where it is spoken to; c2c:throttle is where instances tell one another what they
// have counted.
//
// Every error is store_unavailable or overloaded where nothing else is said. Nothing waits longer than a second.
class peers {
 public:
  struct options {
    redis::connector connect;
    std::string name;                        // of this instance: nobody else's
    std::chrono::milliseconds lease{3'000};  // how long an instance that says nothing counts as there
  };
  struct handlers {
    std::function<void(call::record)> on_call;                                      // of a call that is followed
    std::function<void(std::string_view iden, std::string_view owner)> on_hang_up;  // somebody wants this call to end
    std::function<void()> on_back;                                                  // Redis may have lost all
  };

  // Starts connecting. `context` outlives it.
  peers(asio::io_context& context, options chosen);

  // Both before the context runs.
  void handle(handlers chosen) { handlers_ = std::move(chosen); }
  // What others have counted.
  void handle_reports(std::function<void(std::string_view report)> handler) { on_report_ = std::move(handler); }

  // Whether Redis took the last sign of life.
  bool reachable() const noexcept { return lease_.taken(); }
  const std::string& name() const noexcept { return options_.name; }

  // Writes `mine` where nobody has written that iden: nothing comes back then, else what is there.
  task<result<std::optional<call::record>>> claim(call::record mine);
  task<result<std::optional<call::record>>> find(std::string iden);
  // Of each iden what is there; as many as are asked for.
  task<result<std::vector<std::optional<call::record>>>> find_all(std::vector<std::string> idens);
  // Whether that instance is there.
  task<result<bool>> alive(std::string home) { return lease_.alive(std::move(home)); }
  // Asks the call's home to hang it up. False where nobody listens there.
  task<result<bool>> ask_to_hang_up(call::record record);

  // Tells everybody; Redis keeps it for `life`. `lost` is called where that may not have arrived.
  void tell(const call::record& record, std::chrono::milliseconds life, std::function<void()> lost);
  void forget(std::string_view iden);
  void report(std::string_view counted);

  // Changes of that call come, but for those of an outage of Redis, once `listening` is called.
  void follow(std::string_view iden, std::function<void()> listening);
  void unfollow(std::string_view iden);

  // Says that this instance is not there any more: others may take its calls over at once.
  task<void> resign() { return lease_.resign(); }
  steady_time ours_until() const noexcept { return lease_.until(); }
  // How often this instance stood still, until now.
  std::uint64_t lapses() {
    lease_.renew();
    return lease_.lapses();
  }
  void regain(std::uint64_t lapses) noexcept { lease_.regain(lapses); }
  // Ends both connections. Whatever is asked afterwards is store_unavailable.
  void close();

 private:
  void subscribe_all();
  void hear(std::string_view channel, std::string_view payload);
  void ping_later();

  options options_;
  handlers handlers_;
  std::function<void(std::string_view report)> on_report_;
  std::string own_channel_;
  std::set<std::string, std::less<>> followed_;  // channels
  std::unique_ptr<redis::commands> commands_;
  std::unique_ptr<redis::commands> news_;
  lease lease_;
  timer ping_timer_;
  bool closed_ = false;
};

}  // namespace c2c::cluster
