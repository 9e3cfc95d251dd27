#include "routing/fixed.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace c2c::routing {

fixed::fixed(const servers& hosts) {
  if (hosts.empty()) {
    throw std::invalid_argument("a fixed list of application servers needs one");
  }
  for (const std::string& host : hosts) {
    all_.push_back({.host = host, .flags = "AX", .usable = true});
  }
}

task<result<servers>> fixed::first_choice(std::uint64_t company_id, steady_time) {
  servers out = order_by_hash(all_, company_id);
  out.resize(1);
  co_return out;
}

task<result<servers>> fixed::alternatives(std::uint64_t company_id, servers tried, steady_time) {
  servers out = order_by_hash(all_, company_id);
  std::erase_if(out, [&tried](const std::string& host) { return std::ranges::find(tried, host) != tried.end(); });
  if (out.empty()) {
    co_return fail(errc::no_application_server, "every configured server was tried");
  }
  co_return out;
}

}  // namespace c2c::routing
