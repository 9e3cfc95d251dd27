#include "nonces/memory.hpp"

#include <utility>

namespace c2c::nonces {
namespace {

std::chrono::sys_seconds system_now() {
  return wall_seconds();
}

template <class Shard, std::size_t... Index>
std::array<Shard, sizeof...(Index)> make_shards(std::size_t share, std::index_sequence<Index...> /*indices*/) {
  return {((void)Index, Shard(share))...};
}

}  // namespace

memory::memory(memory_options options)
    : now_(options.now ? std::move(options.now) : system_now),
      shards_(make_shards<shard>(options.max_entries / shard_count, std::make_index_sequence<shard_count>())) {}

task<result<void>> memory::claim(key key, std::chrono::sys_seconds expires) {
  co_return claim_now(key, expires);
}

result<void> memory::claim_now(key key, std::chrono::sys_seconds expires) {
  shard& mine = shards_[key % shard_count];
  const std::scoped_lock lock(mine.mutex);
  // The time is read under the lock: read before it, a claim that waited could be older than one already served.
  auto claimed = mine.table.claim(key, expires, now_());
  if (!claimed && claimed.error().code == errc::overloaded) {
    refused_.fetch_add(1, std::memory_order_relaxed);
  }
  return claimed;
}

void memory::sweep() {
  for (shard& part : shards_) {
    const std::scoped_lock lock(part.mutex);
    part.table.sweep(now_());
  }
}

std::size_t memory::entries() const {
  std::size_t total = 0;
  for (const shard& part : shards_) {
    const std::scoped_lock lock(part.mutex);
    total += part.table.entries();
  }
  return total;
}

std::size_t memory::bytes() const {
  std::size_t total = sizeof(*this);
  for (const shard& part : shards_) {
    const std::scoped_lock lock(part.mutex);
    total += part.table.bytes();
  }
  return total;
}

}  // namespace c2c::nonces
