// The other instances, as far as Redis knows of them: who has which call, who is there, and a word to each.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "call/record.hpp"
#include "net/asio.hpp"
#include "redis/client.hpp"

namespace c2c::call {

// Lives on the exchange's thread. Keys and channels, all under "c2c:": call:<iden in lower case> holds a call's record
// and is where its changes are published; instance:<name> is there while the instance is, and where it is spoken to;
// throttle is where instances tell one another what they have counted.
//
// Every error is store_unavailable or overloaded where nothing else is said. Nothing waits longer than a second.
class peers {
 public:
  struct options {
    redis::options redis;
    std::string name;                        // of this instance: nobody else's
    std::chrono::milliseconds lease{3'000};  // how long an instance that says nothing counts as there
  };
  struct handlers {
    std::function<void(record)> on_call;                                            // of a call that is followed
    std::function<void(std::string_view iden, std::string_view owner)> on_hang_up;  // somebody wants this call to end
    std::function<void()> on_back;                                                  // Redis may have lost all
  };

  // Starts connecting. `context` outlives it.
  peers(asio::io_context& context, options chosen);

  // Set before the context runs.
  void handle(handlers chosen) { handlers_ = std::move(chosen); }
  // What others have counted.
  std::function<void(std::string_view report)> on_report;

  // Whether Redis took the last sign of life.
  bool reachable() const noexcept { return reachable_; }
  const std::string& name() const noexcept { return options_.name; }

  // Writes `mine` where nobody has written that iden: nothing comes back then, else what is there.
  task<result<std::optional<record>>> claim(record mine);
  task<result<std::optional<record>>> find(std::string iden);
  // Whether that instance is there.
  task<result<bool>> alive(std::string home);
  // Asks the call's home to hang it up. False where nobody listens there.
  task<result<bool>> ask_to_hang_up(record what);

  // Tells everybody; Redis keeps it for `life`. `lost` is called where that may not have arrived.
  void tell(const record& what, std::chrono::milliseconds life, std::function<void()> lost);
  void forget(std::string_view iden);
  void report(std::string_view counted);

  // Changes of that call come, but for those of an outage of Redis, once `listening` is called.
  void follow(std::string_view iden, std::function<void()> listening);
  void unfollow(std::string_view iden);

  // Says that this instance is there. Call it about once a second.
  void renew();
  // Says that it is not: others may take its calls over at once.
  task<void> resign();

 private:
  void subscribe_all();
  void hear(std::string_view channel, std::string_view payload);

  options options_;
  handlers handlers_;
  std::string own_channel_;
  std::set<std::string, std::less<>> followed_;  // channels
  redis::client commands_;
  redis::client news_;
  bool reachable_ = false;
};

}  // namespace c2c::call
