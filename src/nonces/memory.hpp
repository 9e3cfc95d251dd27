// Claims in this process's memory: for a service of one instance.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "nonces/store.hpp"
#include "nonces/table.hpp"

namespace c2c::nonces {

struct memory_options {
  // Each shard holds an even share of these; as keys are evenly spread, refusals begin within a percent or so below it.
  std::size_t max_entries = 1'000'000;
  // Called on every worker's thread. Empty: the system's clock.
  std::function<std::chrono::sys_seconds()> now;
};

// Safe on any thread. Claims are spread over shards by their low bits, each under a mutex that is held for some 50 ns,
// so that the workers hardly ever meet.
class memory final : public store {
 public:
  explicit memory(memory_options options = {});

  // Never waits, and never answers store_unavailable.
  task<result<void>> claim(key key, std::chrono::sys_seconds expires) override;
  // The same for a caller that is no coroutine.
  result<void> claim_now(key key, std::chrono::sys_seconds expires);

  // Gives back the memory of what has expired. Claims do so as they come; this is for a service that has gone quiet.
  void sweep();

  std::size_t entries() const;
  std::size_t bytes() const;
  // How many claims were refused because max_entries were held.
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t shard_count = 8;

  // A cache line of its own, so that two shards' locks do not slow each other down.
  struct alignas(64) shard {
    explicit shard(std::size_t max_entries) : table(max_entries) {}
    mutable std::mutex mutex;
    claim_table table;
  };

  std::function<std::chrono::sys_seconds()> now_;
  std::array<shard, shard_count> shards_;
  std::atomic<std::uint64_t> refused_ = 0;
};

}  // namespace c2c::nonces
