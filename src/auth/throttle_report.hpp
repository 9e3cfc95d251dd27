// What one instance's throttle has counted, for the others. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/errc.hpp"

namespace c2c::auth {

// In the order in which a report has them: a right digest makes an end of the wrong ones before it.
enum class counted : std::uint8_t { request = 1, call, right, wrong, proven, guessed };

struct report_entry {
  counted kind;
  std::uint64_t key;
  std::uint16_t times;
};

// What waits to be reported, in bounded memory. Not for several threads at once.
class throttle_report {
 public:
  // So many different keys wait at most; what is one too many is not reported. Requests may not take all of them: a
  // flood of addresses that each ask once is nothing that others need to know, guesses and calls are.
  static constexpr std::size_t most_entries = 1'024;
  static constexpr std::size_t most_requests = 768;

  void add(counted kind, std::uint64_t key);

  // A byte that says how to read it, 1, and eleven for each entry: what, the key and how often, the lowest byte first.
  // Empty when nothing waits. At most 11,265 bytes. Afterwards nothing waits.
  std::string take();

 private:
  std::map<std::pair<counted, std::uint64_t>, std::uint16_t> waiting_;
  std::size_t requests_ = 0;
};

// Errors: malformed, also for a report of a newer version.
result<std::vector<report_entry>> read_report(std::string_view report);

}  // namespace c2c::auth
