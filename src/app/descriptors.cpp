#include "app/descriptors.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include "app/generation.hpp"

namespace c2c::app {
namespace {

// Connections to the database, to Kamailio, twice where it is asked for registrations, and to Redis.
constexpr rlim_t backends_of_a_worker = 8 + 32 + 32 + 2;
// AMI sessions, admin connections, the webhook's, files, and what the loops themselves have open.
constexpr rlim_t others = 64 + 32 + 8 + 64;

}  // namespace

std::string make_room_for_descriptors(const config::config& chosen) {
  const rlim_t needed = chosen.server.max_connections + worker_count(chosen) * backends_of_a_worker + others;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) {
    return {};
  }
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= needed
             ? std::string()
             : fmt::format(
                   "server.max_connections: {} connections and the backends need {} open files, and this process may "
                   "have {}: raise LimitNOFILE in its unit (ulimit -Hn in a shell), or lower server.max_connections",
                   chosen.server.max_connections, needed, limit.rlim_cur);
}

}  // namespace c2c::app
