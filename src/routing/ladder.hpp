// The application servers of a company from whoever knows: Kamailio's table, its dispatcher, the database.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "net/flight.hpp"
#include "routing/router.hpp"

namespace c2c::routing {

struct ladder_options {
  std::chrono::milliseconds fresh{2000};  // an answer of this age is as good as asking again
  std::chrono::seconds stale{3600};    // and of this age better than the fallbacks, while the preferred source is down
  std::size_t max_companies = 10'000;  // that answers are kept for
  std::function<steady_time()> now;    // empty: the steady clock
};

// The sources are asked in order, the preferred one first, each only after the one before has failed. Where the
// preferred one cannot be asked (unavailable, timed_out, overloaded), a company's last answer counts for more than the
// other sources: its calls keep to one server. Concurrent look-ups of one company are one; it runs on its own, so
// whoever waits for it may be destroyed, and so may the ladder.
class ladder final : public router {
 public:
  // Throws std::invalid_argument where there is no source.
  ladder(executor ex, std::vector<std::unique_ptr<source>> sources, ladder_options options = {});

  // As many servers as the source that answered knows; at least one. The detail of an error says what each source said.
  task<result<servers>> first_choice(std::uint64_t company_id, steady_time by) override;
  // From all sources but the preferred one, merged in order.
  task<result<servers>> alternatives(std::uint64_t company_id, servers tried, steady_time by) override;

 private:
  struct core;

  static task<result<servers>> climb(std::shared_ptr<core> self, std::uint64_t company_id);
  static task<result<servers>> look_up(std::shared_ptr<core> self, std::uint64_t company_id, steady_time by);
  static task<result<servers>> wait_for(std::shared_ptr<net::flight<servers>> under_way, steady_time by);
  static task<result<servers>> merge(std::shared_ptr<core> self, std::uint64_t company_id, servers tried);

  std::shared_ptr<core> core_;
};

}  // namespace c2c::routing
