// Where a company's application servers are learnt from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::routing {

// Hosts (an address or a name, no port) whose AMI can place the company's calls, best first, none twice.
using servers = std::vector<std::string>;

// One for each worker, used on that worker's thread only. It outlives the tasks it has given out.
class source {
 public:
  virtual ~source() = default;

  // Names the source in the log, where several have failed.
  virtual std::string_view name() const noexcept { return "source"; }

  // Errors: not_found (it knows none), unavailable, timed_out, malformed, overloaded.
  virtual task<result<servers>> find(std::uint64_t company_id) = 0;
};

// Which dispatcher set a company's calls go to: Companies.applicationServerSetId in IvozProvider.
// One for each worker, used on that worker's thread only. It outlives the tasks it has given out.
class set_lookup {
 public:
  virtual ~set_lookup() = default;

  // Errors: not_found (no such company, or a schema without sets), backend_unavailable, overloaded.
  virtual task<result<std::uint64_t>> set_of(std::uint64_t company_id) = 0;
};

}  // namespace c2c::routing
