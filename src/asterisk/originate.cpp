#include "asterisk/originate.hpp"

#include <chrono>
#include <string>

namespace c2c::asterisk {

action originate(const pbx::order& order) {
  std::string channel = "Local/" + order.destination + "@click2dial-user";
  if (!order.optimize) {
    channel += "/n";
  }
  const std::string dial_timeout_s = std::to_string(order.dial_timeout.count());
  action action("Originate");
  action.add("Channel", channel)
      .add("Exten", order.destination)
      .add("Context", "click2dial-target")
      .add("Priority", "1")
      .add("CallerID", order.extension)
      .add("Timeout", std::to_string(std::chrono::milliseconds(order.dial_timeout).count()))
      .add("Async", "true")
      .add("ChannelId", order.iden)
      .add("OtherChannelId", order.iden + std::string(second_half_suffix))
      .variable("C2DENDPOINT", order.endpoint)
      .variable("DIAL_DEF_OPTS", "")
      .variable("DIAL_OPTS", "")
      .variable("DIAL_TIMEOUT", dial_timeout_s)
      .variable("MAX_DURATION", std::to_string(order.max_duration.count()))
      .variable("ORIGINATE_EXTEN", order.extension)
      .variable("__BRANDID", std::to_string(order.brand_id))
      .variable("__CLICK2DIALIDEN", order.iden)
      .variable("__COMPANYID", std::to_string(order.company_id));
  return action;
}

bool proves_no_call(std::string_view refusal) noexcept {
  return refusal.starts_with("Extension does not exist") || lacks_right(refusal);
}

bool lacks_right(std::string_view refusal) noexcept {
  return refusal.starts_with("Permission denied");
}

action hang_up(std::string_view unique_id) {
  action action("Hangup");
  action.add("Channel", unique_id);
  return action;
}

}  // namespace c2c::asterisk
