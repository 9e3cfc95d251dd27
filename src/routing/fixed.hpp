// The application servers that the configuration names, for an Asterisk without Kamailio.
#pragma once

#include <vector>

#include "routing/hash.hpp"
#include "routing/router.hpp"

namespace c2c::routing {

// Each company has a first choice of its own among the servers, the same as long as the list stays (the hash of a
// Kamailio dispatcher set of the same order); the others are its alternatives, onwards in a circle. Asks nobody.
class fixed final : public router {
 public:
  // Throws std::invalid_argument where there is no host.
  explicit fixed(const servers& hosts);

  // Exactly one server.
  task<result<servers>> first_choice(std::uint64_t company_id, steady_time by) override;
  task<result<servers>> alternatives(std::uint64_t company_id, servers tried, steady_time by) override;

 private:
  std::vector<destination> all_;
};

}  // namespace c2c::routing
