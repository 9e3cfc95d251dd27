// Says that this instance is there, for as long as it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "redis/commands.hpp"

namespace c2c::cluster {

// On its Redis client's thread. Renewed by a timer of its own, which waits for nothing: an instance must not be taken
// for dead because it has much to ask.
class lease {
 public:
  // `life`: how long an instance that says nothing counts as there. `redis` outlives the lease.
  lease(asio::io_context& context, redis::commands& redis, const std::string& name, std::chrono::milliseconds life);
  ~lease();
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;

  // The channel on which this instance is spoken to, and the key that is there while it is.
  static std::string key_of(std::string_view name);

  // Says so now.
  void renew();
  // Says that it is not any more: others may take its calls over at once.
  task<void> resign();
  // Whether that instance is there. Errors: store_unavailable, overloaded.
  task<result<bool>> alive(std::string name);

  // How long others take this instance for one that is there: a life from the last sign of it. In the past once it has
  // been over, until regain(): this process stood still. Not seen are a machine whose steady clock stood still as well,
  // and a way to Redis that others have and this instance has not.
  steady_time until() const noexcept { return regained_ < lapses_ ? steady_time::min() : renewed_ + life_; }
  // How often that has happened, as of the last sign of life.
  std::uint64_t lapses() const noexcept { return lapses_; }
  // What others have taken over since is known, but for what they took over after one more lapse.
  void regain(std::uint64_t lapses) noexcept { regained_ = lapses; }

  // Whether Redis took the last sign of life.
  bool taken() const noexcept { return *taken_; }

 private:
  void renew_later();

  redis::commands& redis_;
  std::string key_;
  std::chrono::milliseconds life_;
  timer timer_;
  steady_time renewed_ = steady_clock::now();
  std::uint64_t lapses_ = 0;
  std::uint64_t regained_ = 0;  // so many of them are made good
  bool resigned_ = false;
  std::shared_ptr<bool> taken_ = std::make_shared<bool>(false);  // an answer may come after the lease has gone
};

}  // namespace c2c::cluster
