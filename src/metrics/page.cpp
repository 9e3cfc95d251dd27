#include "metrics/page.hpp"

#include <limits>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "log/invariant.hpp"
#include "log/log.hpp"
#include "net/spawn.hpp"

namespace c2c::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;
using families = std::vector<MetricFamily>;

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

// Collects the samples of one name.
class family {
 public:
  family(families& into, MetricType type, std::string name, std::string help) : into_(into) {
    made_.name = std::move(name);
    made_.help = std::move(help);
    made_.type = type;
  }
  ~family() { into_.push_back(std::move(made_)); }
  family(const family&) = delete;
  family& operator=(const family&) = delete;

  family& sample(double value, labels which = {}) {
    ClientMetric& made = made_.metric.emplace_back();
    made.label = std::move(which);
    if (made_.type == MetricType::Counter) {
      made.counter.value = value;
    } else {
      made.gauge.value = value;
    }
    return *this;
  }

  family& sample(const std::vector<const histogram*>& parts, labels which) {
    ClientMetric& made = made_.metric.emplace_back();
    made.label = std::move(which);
    auto& out = made.histogram;
    for (std::size_t at = 0; at < histogram::bucket_count; ++at) {
      for (const histogram* part : parts) {
        out.sample_count += part->bucket(at);
      }
      const double bound = at < histogram::bounds.size() ? std::chrono::duration<double>(histogram::bounds[at]).count()
                                                         : std::numeric_limits<double>::infinity();
      out.bucket.push_back({out.sample_count, bound});
    }
    for (const histogram* part : parts) {
      out.sample_sum += std::chrono::duration<double>(part->sum()).count();
    }
    return *this;
  }

 private:
  families& into_;
  MetricFamily made_;
};

std::string text(std::string_view from) {
  return std::string(from);
}

std::string code_label(std::size_t at) {
  return at < known_codes.size() ? std::to_string(known_codes[at]) : "other";
}

template <class Pick>
double sum(const registry& counted, Pick pick) {
  double out = 0;
  for (const worker_metrics& worker : counted.workers()) {
    out += static_cast<double>(pick(worker).value());
  }
  return out;
}

template <class Pick>
std::vector<const histogram*> gather(const registry& counted, Pick pick) {
  std::vector<const histogram*> out;
  for (const worker_metrics& worker : counted.workers()) {
    out.push_back(&pick(worker));
  }
  return out;
}

void add_requests(families& out, const registry& counted) {
  {
    family answers(out, MetricType::Counter, "click2call_http_requests_total",
                   "Requests answered, by endpoint and status.");
    for (std::size_t i = 0; i < endpoint_count; ++i) {
      for (std::size_t code = 0; code < code_count; ++code) {
        answers.sample(
            sum(counted, [=](const auto& worker) -> auto& { return worker.http.endpoints[i].answers[code]; }),
            {{"endpoint", text(to_string(static_cast<endpoint>(i)))}, {"code", code_label(code)}});
      }
    }
  }
  family took(out, MetricType::Histogram, "click2call_http_request_duration_seconds",
              "From a request's last byte to its answer; of an event stream, to its head.");
  for (std::size_t i = 0; i < endpoint_count; ++i) {
    took.sample(gather(counted, [=](const auto& worker) -> auto& { return worker.http.endpoints[i].duration; }),
                {{"endpoint", text(to_string(static_cast<endpoint>(i)))}});
  }
}

void add_connections(families& out, const registry& counted, const observations& seen) {
  const labels service = {{"listener", "public"}};
  const labels admin = {{"listener", "admin"}};
  const http_metrics& own = counted.admin();
  family(out, MetricType::Gauge, "click2call_http_connections", "Open connections.")
      .sample(sum(counted, [](const auto& worker) -> auto& { return worker.http.open; }), service)
      .sample(static_cast<double>(own.open.value()), admin);
  family(out, MetricType::Counter, "click2call_http_connections_accepted_total", "Connections taken.")
      .sample(sum(counted, [](const auto& worker) -> auto& { return worker.http.accepted; }), service)
      .sample(number(own.accepted.value()), admin);
  family(out, MetricType::Counter, "click2call_http_connections_refused_total",
         "Connections refused, as there were as many as may be.")
      .sample(sum(counted, [](const auto& worker) -> auto& { return worker.http.refused; }), service)
      .sample(number(own.refused.value()), admin);
  family(out, MetricType::Gauge, "click2call_http_connections_max", "server.max_connections.")
      .sample(number(seen.most_connections));
  family(out, MetricType::Gauge, "click2call_http_event_streams", "Open event streams of calls.")
      .sample(sum(counted, [](const auto& worker) -> auto& { return worker.http.streams; }));
}

// What an attempt to call can come to: the same words as `outcome` in the log.
bool of_a_call(errc code) {
  switch (code) {
    case errc::invalid_json:
    case errc::invalid_aor:
    case errc::invalid_destination:
    case errc::invalid_iden:
    case errc::invalid_dial_timeout:
    case errc::invalid_max_duration:
    case errc::invalid_ticket:
    case errc::unknown_call:
    case errc::not_found:
    case errc::hang_up_refused:
    case errc::unavailable: return false;
    case errc::invalid_nonce:
    case errc::forbidden:
    case errc::iden_in_use:
    case errc::not_registered:
    case errc::destination_refused:
    case errc::throttled:
    case errc::overloaded:
    case errc::store_unavailable:
    case errc::backend_unavailable:
    case errc::no_application_server:
    case errc::not_sent:
    case errc::outcome_unknown:
    case errc::rejected:
    case errc::timed_out:
    case errc::malformed: return true;
  }
  return true;
}

void add_calls(families& out, const registry& counted) {
  family calls(out, MetricType::Counter, "click2call_calls_total",
               "Attempts to call that were well formed, by what came of them.");
  double other = 0;
  for (std::size_t i = 0; i < outcome_count; ++i) {
    const double here = sum(counted, [=](const auto& worker) -> auto& { return worker.calls.outcomes[i]; });
    const auto code = static_cast<errc>(i);
    if (i == 0) {
      calls.sample(here, {{"outcome", "placed"}});
    } else if (of_a_call(code)) {
      calls.sample(here, {{"outcome", text(to_string(code))}});
    } else {
      other += here;
    }
  }
  calls.sample(other, {{"outcome", "other"}});
}

void add_ends(families& out, const observations::end_figures& now) {
  {
    family ended(out, MetricType::Counter, "click2call_calls_ended_total", "Placed calls that are over, by why.");
    for (const auto& [reason, count] : now.by_reason) {
      ended.sample(number(count), {{"reason", text(reason)}});
    }
  }
  const auto seconds = [](std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); };
  family(out, MetricType::Counter, "click2call_calls_rang_seconds_total",
         "How long they rang together: until both talked, or until the end.")
      .sample(seconds(now.rang));
  family(out, MetricType::Counter, "click2call_calls_talked_seconds_total", "How long both talked, together.")
      .sample(seconds(now.talked));
}

void add_backends(families& out, const registry& counted) {
  {
    family took(out, MetricType::Histogram, "click2call_backend_duration_seconds",
                "What each question to a backend took, answered or not.");
    for (std::size_t i = 0; i < backend_count; ++i) {
      took.sample(gather(counted, [=](const auto& worker) -> auto& { return worker.calls.backends[i].duration(); }),
                  {{"backend", text(to_string(static_cast<backend>(i)))}});
    }
  }
  family errors(out, MetricType::Counter, "click2call_backend_errors_total",
                "Questions to a backend that failed by its own fault.");
  for (std::size_t i = 0; i < backend_count; ++i) {
    errors.sample(sum(counted, [=](const auto& worker) -> auto& { return worker.calls.backends[i].errors(); }),
                  {{"backend", text(to_string(static_cast<backend>(i)))}});
  }
}

void add_exchange(families& out, const observations& seen) {
  family(out, MetricType::Gauge, "click2call_calls_live_max", "call.max_live.").sample(number(seen.most_live_calls));
  if (!seen.exchange) {
    return;
  }
  const auto& now = *seen.exchange;
  family(out, MetricType::Gauge, "click2call_calls_live", "Calls held; ended ones for a minute.")
      .sample(number(now.live_calls));
  {
    family up(out, MetricType::Gauge, "click2call_ami_link_up",
              "Whether there is a session with an application server.");
    family failed(out, MetricType::Gauge, "click2call_ami_link_failed_attempts",
                  "Attempts to connect to an application server that failed, in a row.");
    for (const auto& server : now.servers) {
      up.sample(server.up ? 1 : 0, {{"server", server.host}});
      failed.sample(server.failures, {{"server", server.host}});
    }
  }
  family(out, MetricType::Counter, "click2call_ami_sessions_total", "Sessions made with application servers.")
      .sample(number(now.sessions));
  family(out, MetricType::Counter, "click2call_ami_sessions_lost_total", "Sessions lost.").sample(number(now.lost));
  family(out, MetricType::Counter, "click2call_ami_events_total", "Events heard from application servers.")
      .sample(number(now.events));
  family(out, MetricType::Counter, "click2call_ami_skipped_total",
         "Lines and messages of application servers that could not be read and were passed over.")
      .sample(number(now.skipped));
  if (now.sharing) {
    family(out, MetricType::Gauge, "click2call_redis_up", "Whether Redis has answered this instance of late.")
        .sample(now.sharing->redis_up ? 1 : 0);
    family(out, MetricType::Gauge, "click2call_calls_followed", "Other instances' calls that somebody follows here.")
        .sample(number(now.sharing->followed));
    family(out, MetricType::Counter, "click2call_calls_taken_over_total",
           "Calls taken over from instances that were gone.")
        .sample(number(now.sharing->taken_over));
  }
}

void add_claims(families& out, const observations::claims_figures& now) {
  family(out, MetricType::Gauge, "click2call_claims", "Used nonces held in memory.").sample(number(now.held));
  family(out, MetricType::Gauge, "click2call_claims_max", "How many of them may be held.").sample(number(now.most));
  family(out, MetricType::Gauge, "click2call_claims_bytes", "Memory that they take.").sample(number(now.bytes));
  family(out, MetricType::Counter, "click2call_claims_refused_total",
         "Nonces refused, as there were as many as may be held.")
      .sample(number(now.refused));
}

void add_throttle(families& out, const std::vector<observations::limit_figures>& limits) {
  family refused(out, MetricType::Counter, "click2call_throttle_refused_total", "Requests refused, by limit.");
  family held(out, MetricType::Gauge, "click2call_throttle_entries",
              "Addresses, terminals or pairs of both that are counted at the moment.");
  family most(out, MetricType::Gauge, "click2call_throttle_entries_max", "How many of them may be; 0 without a limit.");
  family forgotten(out, MetricType::Counter, "click2call_throttle_forgotten_total",
                   "Those that were forgotten, as others needed the place.");
  for (const observations::limit_figures& figures : limits) {
    const labels limit = {{"limit", text(figures.name)}};
    refused.sample(number(figures.refused), limit);
    held.sample(number(figures.held), limit);
    most.sample(number(figures.most), limit);
    forgotten.sample(number(figures.forgotten), limit);
  }
}

void add_webhook(families& out, const webhook_counts& now) {
  family(out, MetricType::Gauge, "click2call_webhook_waiting", "Events that are not delivered yet.")
      .sample(number(now.queued));
  family(out, MetricType::Counter, "click2call_webhook_delivered_total", "Events delivered.")
      .sample(number(now.delivered));
  family(out, MetricType::Counter, "click2call_webhook_retries_total", "Attempts that were not an event's first.")
      .sample(number(now.retried));
  family(out, MetricType::Counter, "click2call_webhook_dropped_total", "Events given up.").sample(number(now.dropped));
}

void add_service(families& out, const observations& seen) {
  family(out, MetricType::Gauge, "click2call_build_info", "1, with the version.")
      .sample(1, {{"version", text(seen.version)}});
  family(out, MetricType::Gauge, "click2call_workers", "Threads that serve requests.").sample(number(seen.workers));
  family ready(out, MetricType::Gauge, "click2call_ready",
               "Whether a part that calls depend on is there; see /readyz.");
  ready.sample(seen.ready.draining ? 0 : 1, {{"part", "service"}});
  for (const readiness::part& part : seen.ready.parts) {
    ready.sample(part.missing ? 0 : 1, {{"part", text(part.name)}});
  }
}

void add_reload(families& out, const reload_state& last) {
  family(out, MetricType::Gauge, "click2call_last_reload_success",
         "1 where the configuration and the certificate that were read last are in force.")
      .sample(last.failure.empty() ? 1 : 0);
  family(out, MetricType::Gauge, "click2call_last_reload_time_seconds",
         "When the configuration was read last, at the start or by a reload, in Unix time.")
      .sample(static_cast<double>(last.at.time_since_epoch().count()));
}

void add_unexpected(families& out) {
  family(out, MetricType::Counter, "click2call_unexpected_errors_total",
         "Errors of the service's own that ended a connection, a session or a look-up: bugs, or no memory.")
      .sample(number(net::unexpected_count()));
  family(out, MetricType::Counter, "click2call_log_lines_lost_total", "Lines of the log that nobody read in time.")
      .sample(number(log::lost_lines()));
  family(out, MetricType::Counter, "click2call_broken_invariants_total",
         "What must be true and was not: bugs of the service's own.")
      .sample(number(log::broken_invariants()));
}

void add_process(families& out, const process_figures& now) {
  family(out, MetricType::Gauge, "process_start_time_seconds", "When the process started, in seconds since 1970.")
      .sample(now.started);
  family(out, MetricType::Counter, "process_cpu_seconds_total", "CPU time, user and system.").sample(now.cpu_seconds);
  family(out, MetricType::Gauge, "process_resident_memory_bytes", "Resident memory.")
      .sample(number(now.resident_bytes));
  family(out, MetricType::Gauge, "process_virtual_memory_bytes", "Virtual memory.").sample(number(now.virtual_bytes));
  family(out, MetricType::Gauge, "process_threads", "Threads.").sample(number(now.threads));
  family(out, MetricType::Gauge, "process_open_fds", "Open file descriptors.").sample(number(now.open_fds));
  family(out, MetricType::Gauge, "process_max_fds", "How many there may be.").sample(number(now.max_fds));
}

}  // namespace

std::string page(const registry& counted, const observations& seen) {
  families out;
  add_service(out, seen);
  add_reload(out, seen.ready.reload);
  add_unexpected(out);
  add_requests(out, counted);
  add_connections(out, counted, seen);
  add_calls(out, counted);
  add_ends(out, seen.ends);
  add_backends(out, counted);
  add_exchange(out, seen);
  add_claims(out, seen.claims);
  add_throttle(out, seen.limits);
  if (seen.hooks) {
    add_webhook(out, *seen.hooks);
  }
  if (seen.process) {
    add_process(out, *seen.process);
  }
  return prometheus::TextSerializer().Serialize(out);
}

}  // namespace c2c::metrics
