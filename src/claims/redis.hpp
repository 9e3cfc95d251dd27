// Claims that several instances share, in Redis 6 and later or Valkey: a nonce used at one is used at all.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "claims/claims.hpp"
#include "claims/redis_link.hpp"

namespace c2c::claims {

// One for each worker, used on that worker's thread. A key is "c2c:nonce:" and 16 hexadecimal digits, set where it is
// not there, for as long as it is good (SET NX PX).
//
// Fails closed: where Redis cannot be asked, or does not answer within the deadline, a claim is claims_unavailable. The
// key may have been claimed all the same, so the caller needs a new nonce.
class redis final : public store {
 public:
  struct options {
    redis_link_options link;
    std::chrono::milliseconds deadline{1'000};
    std::function<std::chrono::system_clock::time_point()> now = [] { return std::chrono::system_clock::now(); };
  };

  // Starts connecting; nothing is waited for. `context` outlives it.
  redis(asio::io_context& context, options chosen);
  ~redis() override;

  task<result<void>> claim(key key, std::chrono::sys_seconds expires) override;

 private:
  asio::io_context& context_;
  options options_;
  std::shared_ptr<redis_link> link_;
};

}  // namespace c2c::claims
