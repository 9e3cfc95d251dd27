// Whether the service can place calls, judged from what is known already. Pure.
#pragma once

#include <string>
#include <vector>

#include "metrics/metrics.hpp"

namespace c2c::metrics {

struct server_state {
  std::string host;
  bool up = false;
  std::string trouble;  // why it is not; may be empty
};

struct readiness_facts {
  bool draining = false;
  health directory = health::unknown;
  health claims = health::unknown;
  health routing = health::unknown;
  health kamailio = health::unknown;
  bool exchange_answers = true;
  std::vector<server_state> servers;  // those that were ever needed; with Kamailio none are known at the start
};

// What a balancer, or a person, is told. A part that nobody has needed yet is not missing.
struct readiness {
  struct part {
    std::string_view name;  // "directory"; static storage
    bool missing = false;
    std::string why;  // of what is missing
  };
  bool draining = false;
  std::vector<part> parts;  // always the same ones, in the same order

  bool ready() const noexcept;
};

// Routing is missing only where Kamailio is, too: a company whose own set is wrong must not take an instance out of its
// balancer. And Kamailio alone is not, as there are the answers of before and the database.
readiness judge(const readiness_facts& facts);

// {"ready":false,"missing":[{"part":"directory","why":"…"}]} and a line break.
std::string to_json(const readiness& state);

}  // namespace c2c::metrics
