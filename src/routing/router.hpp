// The application servers of a company, first choice first: what placement asks.
#pragma once

#include "routing/source.hpp"

namespace c2c::routing {

// One for each worker, used on that worker's thread only. Lookups of one company that run at once are one lookup.
class router {
 public:
  virtual ~router() = default;

  // The server to try first. All answer by `by`. Errors: no_application_server (every source was asked; the detail says
  // what each said).
  virtual task<result<servers>> first_choice(std::uint64_t company_id, steady_time by) = 0;

  // What to try once the first choice could not be reached, in order, without `tried`. Errors: no_application_server.
  virtual task<result<servers>> alternatives(std::uint64_t company_id, servers tried, steady_time by) = 0;
};

}  // namespace c2c::routing
