// What must be true whatever the world does. Where it is not, that is a bug of ours.
#pragma once

#include <cstdint>
#include <string_view>

namespace c2c {

namespace log {

// Builds with tests or sanitizers end here. The shipped build counts it, logs the first one, and goes on. Any thread.
void note_broken_invariant(std::string_view rule) noexcept;
// Of the whole process, since its start.
std::uint64_t broken_invariants() noexcept;

}  // namespace log

// `rule` says in a few words what holds, and is a literal.
inline void invariant(bool holds, std::string_view rule) noexcept {
  if (!holds) [[unlikely]] {
    log::note_broken_invariant(rule);
  }
}

}  // namespace c2c
