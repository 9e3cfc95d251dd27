#include "app/changes.hpp"

#include <algorithm>

#include "call/history.hpp"
#include "log/log.hpp"

namespace c2c::app {

webhook::call_change change_of(const call::live_call& call, std::size_t number) {
  const call::snapshot now = call::at(call.history(), number);
  webhook::call_change change;
  change.iden = call.iden();
  change.owner = call.owner();
  change.destination = call.destination();
  change.state = call::to_string(now.state);
  change.reason = call::to_string(now.reason);
  change.number = static_cast<unsigned>(number);
  change.at = call.history()[number - 1].at;
  change.started = now.started;
  change.connected = now.connected;
  change.ended = now.ended;
  return change;
}

void call_ends::note(const call::live_call& call, std::size_t number) {
  const call::snapshot now = call::at(call.history(), number);
  if (!now.ended) {
    return;
  }
  log::ended_call over;
  over.aor = call.owner();
  over.destination = call.destination();
  over.iden = call.iden();
  over.server = call.server();
  over.state = call::to_string(now.state);
  over.reason = call::to_string(now.reason);
  over.rang = now.connected.value_or(*now.ended) - now.started;
  over.talked = *now.ended - now.connected.value_or(*now.ended);
  log::ended(over);
  const auto add = [](metrics::counter& to, std::chrono::nanoseconds time) {
    to.add(static_cast<std::uint64_t>(std::max(time, std::chrono::nanoseconds(0)).count()));  // the clock may step back
  };
  by_reason_[static_cast<std::size_t>(now.reason)].add();
  add(rang_, over.rang);
  add(talked_, over.talked);
}

metrics::observations::end_figures call_ends::figures() const {
  metrics::observations::end_figures out;
  for (std::size_t i = 1; i < by_reason_.size(); ++i) {
    out.by_reason.emplace_back(call::reason_names[i], by_reason_[i].value());
  }
  out.rang = std::chrono::nanoseconds(rang_.value());
  out.talked = std::chrono::nanoseconds(talked_.value());
  return out;
}

}  // namespace c2c::app
