#include "metrics/readiness.hpp"

#include <algorithm>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "log/log.hpp"

namespace c2c::metrics {
namespace {

std::string trouble_of(const readiness_facts& facts) {
  if (!facts.exchange_answers) {
    return "the thread that talks to Asterisk does not answer";
  }
  std::string out;
  for (const server_state& server : facts.servers) {
    out += out.empty() ? "" : "; ";
    out += server.host + ": " + (server.trouble.empty() ? "not connected" : server.trouble);
  }
  return out;
}

}  // namespace

void reload_state::note(std::string why_it_failed, std::chrono::sys_seconds now) {
  at = now;
  failing_since = failure.empty() ? now : failing_since;
  failure = std::move(why_it_failed);
}

bool readiness::ready() const noexcept {
  return !draining && std::ranges::none_of(parts, &part::missing);
}

readiness judge(const readiness_facts& facts) {
  const auto fails = [](health seen) { return seen == health::fails; };
  readiness out;
  out.draining = facts.draining;
  out.reload = facts.reload;
  out.parts.push_back({"directory", fails(facts.directory), "the last question to it was not answered"});
  out.parts.push_back({"claims", fails(facts.claims), "the last question to Redis was not answered"});
  out.parts.push_back({"routing", fails(facts.routing) && fails(facts.kamailio),
                       "Kamailio does not answer, and nobody else knows an application server"});
  const bool none_up = !facts.servers.empty() && std::ranges::none_of(facts.servers, &server_state::up);
  out.parts.push_back({"application_servers", !facts.exchange_answers || none_up, trouble_of(facts)});
  return out;
}

std::string to_json(const readiness& state) {
  std::string missing;
  const auto add = [&missing](std::string_view name, std::string_view why) {
    missing += missing.empty() ? "" : ",";
    missing.append(R"({"part":")").append(name).append(R"(","why":")").append(log::json_escaped(why)).append("\"}");
  };
  if (state.draining) {
    add("service", "it is ending");
  }
  for (const readiness::part& part : state.parts) {
    if (part.missing) {
      add(part.name, part.why);
    }
  }
  std::string reload;
  if (!state.reload.failure.empty()) {
    reload = fmt::format(R"(,"reload":{{"failing_since":"{:%FT%TZ}","why":"{}"}})", state.reload.failing_since,
                         log::json_escaped(state.reload.failure));
  }
  return fmt::format(R"({{"ready":{},"missing":[{}]{}}})", state.ready(), missing, reload) + "\n";
}

}  // namespace c2c::metrics
