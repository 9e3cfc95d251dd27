// Whether the service can place calls, judged from what is known already. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "metrics/metrics.hpp"

namespace c2c::metrics {

struct server_state {
  std::string host;
  bool up = false;
  std::string trouble;  // why it is not; may be empty
};

// How the configuration was read last: at the start, or by a reload.
struct reload_state {
  std::chrono::sys_seconds at{};
  std::string failure;                       // empty: it is in force
  std::chrono::sys_seconds failing_since{};  // of several failures in a row the first

  void note(std::string why_it_failed, std::chrono::sys_seconds now);
};

struct readiness_facts {
  bool draining = false;
  health directory = health::unknown;
  health claims = health::unknown;
  health routing = health::unknown;
  health kamailio = health::unknown;
  bool exchange_answers = true;
  std::vector<server_state> servers;  // those that were ever needed; with Kamailio none are known at the start
  reload_state reload;
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
  reload_state reload;      // one that failed makes nothing unready: the service goes on with what it had

  bool ready() const noexcept;
};

// Routing is missing only where Kamailio is, too: a company whose own set is wrong must not take an instance out of its
// balancer. And Kamailio alone is not, as there are the answers of before and the database.
readiness judge(const readiness_facts& facts);

// {"ready":false,"missing":[{"part":"directory","why":"…"}]} and a line break; with
// ,"reload":{"failing_since":"2026-11-28T17:00:00Z","why":"…"} where the last one failed.
std::string to_json(const readiness& state);

}  // namespace c2c::metrics
