// What every mode of bench_load and bench_live has in common.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/object.hpp>

#include "http_client.hpp"
#include "latencies.hpp"
#include "net/asio.hpp"
#include "schedule.hpp"
#include "terminals.hpp"

namespace c2c::bench {

struct target {
  std::string url;
  unsigned connections = 64;
};

// How often each status came; "failed" for a connection that broke.
class statuses {
 public:
  void add(unsigned status) { ++seen_[status]; }
  boost::json::object summary() const {
    boost::json::object out;
    for (const auto& [status, times] : seen_) {
      out[status == 0 ? "failed" : std::to_string(status)] = times;
    }
    return out;
  }

 private:
  std::map<unsigned, std::uint64_t> seen_;
};

// Each returns what is printed.
boost::json::object run_challenges(const target& to, const pace& how, const std::string& body);

struct flow_options {
  std::vector<caller> callers;
  std::string destination = "+34900000486";
  bool wrong_password = false;
};
boost::json::object run_flows(const target& to, const pace& how, const flow_options& what);

// The times of a 403 for an unknown user and for a wrong password, one after the other on one connection.
boost::json::object run_refusals(const target& to, std::uint64_t count, const std::vector<caller>& callers);

// The value of a string in a flat JSON object that the service wrote; empty where it is not there.
std::string_view text_of(std::string_view json, std::string_view quoted_name);

std::string challenge_request(std::string_view aor);
std::string call_request(const std::string& aor, std::string_view nonce, std::string_view response,
                         std::string_view destination);

// Runs `work` for each due time on each of `connections` connections, and returns once all is done. `finish` is when
// the last piece of work ended.
using piece = std::function<task<void>(http_client& client, steady_time due)>;
struct elapsed {
  double seconds;
  std::uint64_t given;
};
elapsed run_all(const target& to, const pace& how, const piece& work);
// The same in a context that runs already. All that is pointed at outlives it.
task<void> work_all(asio::io_context* context, const target* to, schedule* when, const piece* work);

}  // namespace c2c::bench
