#include "routing/usrloc.hpp"

#include <algorithm>
#include <utility>

#include "routing/jsonrpc.hpp"

namespace c2c::routing {

kamailio_options preflight_options(kamailio_options of_routing) {
  of_routing.deadline = std::min(of_routing.deadline, longest_preflight);
  // Kamailio's SIP workers answer the routing's questions too, and those matter more.
  of_routing.max_connections = std::max<std::size_t>(1, of_routing.max_connections / 4);
  return of_routing;
}

task<result<bool>> usrloc::registered(std::string user, std::string domain, steady_time by) {
  const auto reply = co_await client_->post(ul_lookup_request(table_, user, domain), by);
  if (!reply) {
    co_return std::unexpected(reply.error());
  }
  co_return parse_ul_reply(reply->status, reply->body);
}

}  // namespace c2c::routing
