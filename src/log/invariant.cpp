#include "log/invariant.hpp"

#include <atomic>
#include <cstdlib>

#include "log/log.hpp"

namespace c2c::log {
namespace {

std::atomic<std::uint64_t> broken = 0;

}  // namespace

void note_broken_invariant(std::string_view rule) noexcept {
  const bool first = broken.fetch_add(1, std::memory_order_relaxed) == 0;
  try {
    if (first) {
      error("a bug of click2calld's, please report it: it does not hold that {}", rule);
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch): it is counted, and nothing more can be done
  }
#ifdef C2C_STRICT
  std::abort();
#endif
}

std::uint64_t broken_invariants() noexcept {
  return broken.load(std::memory_order_relaxed);
}

}  // namespace c2c::log
