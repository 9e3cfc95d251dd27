#include "call/originate.hpp"

namespace c2c::call {

std::string second_half_id(std::string_view iden) {
  return std::string(iden) + "-2";
}

ami::action originate(const order& what) {
  std::string channel = "Local/" + what.destination + "@click2dial-user";
  if (!what.how.optimize) {
    channel += "/n";
  }
  const std::string dial_timeout_s = std::to_string(what.how.dial_timeout.count());
  ami::action action("Originate");
  action.add("Channel", channel)
      .add("Exten", what.destination)
      .add("Context", "click2dial-target")
      .add("Priority", "1")
      .add("CallerID", what.caller.extension)
      .add("Timeout", std::to_string(std::chrono::milliseconds(what.how.dial_timeout).count()))
      .add("Async", "true")
      .add("ChannelId", what.iden)
      .add("OtherChannelId", second_half_id(what.iden))
      .variable("C2DENDPOINT", what.caller.endpoint)
      .variable("DIAL_DEF_OPTS", "")
      .variable("DIAL_OPTS", "")
      .variable("DIAL_TIMEOUT", dial_timeout_s)
      .variable("MAX_DURATION", std::to_string(what.how.max_duration.count()))
      .variable("ORIGINATE_EXTEN", what.caller.extension)
      .variable("__BRANDID", std::to_string(what.caller.brand_id))
      .variable("__CLICK2DIALIDEN", what.iden)
      .variable("__COMPANYID", std::to_string(what.caller.company_id));
  return action;
}

ami::action hang_up(std::string_view unique_id) {
  ami::action action("Hangup");
  action.add("Channel", unique_id);
  return action;
}

}  // namespace c2c::call
