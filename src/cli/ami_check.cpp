#include "cli/ami_check.hpp"

#include <utility>

#include "asterisk/originate.hpp"

namespace c2c::cli {
namespace {

// As long as the dialler waits for an order's outcome.
constexpr std::chrono::seconds longest_outcome{2};

// An order whose first leg does not exist: Asterisk looks for the context of the second one, tries the first one, and
// tells of the outcome (main/manager.c, action_originate and fast_originate).
asterisk::action order_of_nobody(std::string_view context) {
  asterisk::action out("Originate");
  out.add("Channel", "Local/nobody@click2call-check")
      .add("Context", context)
      .add("Exten", "100")
      .add("Priority", "1")
      .add("Async", "true");
  return out;
}

}  // namespace

ami_check::ami_check(asio::io_context& context, asterisk::exchange& exchange)
    : exchange_(exchange), heard_(context.get_executor()) {
  exchange_.on_event([this](std::string_view, const asterisk::message& event) {
    if (event.get("Event") == "OriginateResponse") {
      outcomes_.emplace(event.get("ActionID"));
      heard_.cancel();
    }
  });
  exchange_.on_link([](std::string_view, asterisk::link_change) {});
}

// Asterisk looks at the right to an action before it looks at the action, which lacks what it would need.
task<bool> ami_check::refused(std::string host, asterisk::action nothing) {
  const auto answer = co_await exchange_.execute(std::move(host), std::move(nothing));
  co_return !answer || asterisk::lacks_right(answer->message);
}

task<bool> ami_check::hears(std::string action_id) {
  const steady_time until = steady_clock::now() + longest_outcome;
  while (!outcomes_.contains(action_id) && steady_clock::now() < until) {
    heard_.expires_at(until);
    co_await heard_.async_wait(as_result);
  }
  co_return outcomes_.contains(action_id);
}

task<result<std::vector<std::string>>> ami_check::missing(std::string host) {
  if (const auto ping = co_await exchange_.execute(host, asterisk::action("Ping")); !ping) {
    co_return std::unexpected(ping.error());
  }
  std::vector<std::string> out;
  if (co_await refused(host, asterisk::action("Hangup"))) {
    out.emplace_back("may not hang up, so that nobody can end a call: give ami.user write=call");
  }
  if (co_await refused(host, asterisk::action("Originate"))) {
    out.emplace_back("may not originate: give ami.user write=originate,call");
    co_return out;
  }
  std::string order;
  for (const std::string_view context : {"click2dial-user", "click2dial-target"}) {
    const auto answer = co_await exchange_.execute(host, order_of_nobody(context));
    if (answer && answer->success) {
      order = answer->action_id;
    } else if (answer && answer->message.starts_with("Extension does not exist")) {
      out.push_back("has no dialplan for a number in the context " + std::string(context) +
                    ": load it into extensions.conf (README), then \"dialplan reload\"");
    }
  }
  if (!order.empty() && !co_await hears(std::move(order))) {
    out.emplace_back(
        "tells nothing of its calls, so that their progress is not seen: give ami.user read=call, and no eventfilter "
        "that takes OriginateResponse away");
  }
  co_return out;
}

task<bool> ami_check::lists_channels(std::string host) {
  const auto answer = co_await exchange_.execute(std::move(host), asterisk::action("CoreShowChannels"));
  co_return answer && answer->success;
}

}  // namespace c2c::cli
