// Claims that several instances share, in Redis 6 and later or Valkey: a nonce used at one is used at all.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "nonces/store.hpp"
#include "redis/commands.hpp"

namespace c2c::nonces {

// One for each worker, used on that worker's thread. A key is "c2c:nonce:" and 16 hexadecimal digits, set where it is
// not there, for as long as it is good (SET NX PX).
//
// Fails closed: where Redis cannot be asked, or does not answer within its deadline, a claim is store_unavailable. The
// key may have been claimed all the same, so the caller needs a new nonce.
class redis_store final : public store {
 public:
  using clock = std::function<wall_time()>;

  // Starts connecting; nothing is waited for. `context` outlives it. An empty clock is the system's.
  redis_store(asio::io_context& context, const redis::connector& connect, clock now = {});

  task<result<void>> claim(key key, std::chrono::sys_seconds expires) override;

 private:
  std::unique_ptr<redis::commands> redis_;
  clock now_;
};

}  // namespace c2c::nonces
