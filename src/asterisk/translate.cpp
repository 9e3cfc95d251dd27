#include "asterisk/translate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "asterisk/originate.hpp"
#include "base/ascii.hpp"

namespace c2c::asterisk {
namespace {

enum class kind : std::uint8_t {
  new_channel,
  dial_begin,
  dial_end,
  bridge_enter,
  originate_response,
  hangup,
  hangup_request,
  core_show_channel,
  core_show_channels_complete,
  other,
};

kind kind_of(std::string_view event) noexcept {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(kind::other)> names{
      "Newchannel",    "DialBegin",         "DialEnd",
      "BridgeEnter",   "OriginateResponse", "Hangup",
      "HangupRequest", "CoreShowChannel",   "CoreShowChannelsComplete"};
  static_assert(!names.back().empty(), "every kind but the last has a name");
  return static_cast<kind>(std::ranges::find(names, event) - names.begin());
}

// The call that an event is of, as Asterisk spells it; empty for other events.
std::string_view iden_of(const message& event, kind type) noexcept {
  if (const auto linked = event.get("Linkedid"); !linked.empty()) {
    return linked;
  }
  if (const auto linked = event.get("DestLinkedid"); !linked.empty()) {
    return linked;
  }
  return type == kind::originate_response ? event.get("Uniqueid") : std::string_view();
}

bool is_second_half(std::string_view id, std::string_view iden) noexcept {
  return id.size() == iden.size() + second_half_suffix.size() && id.ends_with(second_half_suffix) &&
         ascii::iequals(id.substr(0, iden.size()), iden);
}

pbx::channel channel_of(std::string_view id, std::string_view iden) noexcept {
  using role = pbx::channel::role;
  if (ascii::iequals(id, iden)) {
    return {role::destination_half, id};
  }
  return {is_second_half(id, iden) ? role::caller_half : role::phone, id};
}

std::optional<pbx::leg> leg_dialled_by(const pbx::channel& dialler) noexcept {
  switch (dialler.is) {
    case pbx::channel::role::caller_half: return pbx::leg::caller;
    case pbx::channel::role::destination_half: return pbx::leg::destination;
    case pbx::channel::role::phone: break;  // the Originate's own dialling of the Local channel, or a transfer
  }
  return std::nullopt;
}

// main/dial.c and app_dial.c; CHANUNAVAIL, CONGESTION and what else there is are failures.
pbx::dial_result dial_result_of(std::string_view status) noexcept {
  if (status.empty()) {
    return pbx::dial_result::none;
  }
  if (status == "ANSWER") {
    return pbx::dial_result::answered;
  }
  if (status == "BUSY") {
    return pbx::dial_result::busy;
  }
  if (status == "NOANSWER") {
    return pbx::dial_result::no_answer;
  }
  return status == "CANCEL" ? pbx::dial_result::cancelled : pbx::dial_result::failed;
}

// Hang-up causes that a phone's answer leaves behind (ITU-T Q.850; res/res_pjsip, ast_sip_hangup_sip2cause). Asterisk
// gives the same cause to a person who declines (603) and to a proxy or trunk that forbids the call (403). Newer
// versions name the SIP status too.
pbx::end_cause cause_of(const message& hangup) noexcept {
  static constexpr std::string_view decline = "603";
  int cause = 0;
  const auto text = hangup.get("Cause");
  std::from_chars(text.data(), text.data() + text.size(), cause);
  switch (cause) {
    case 0: return pbx::end_cause::unknown;
    case 16: return pbx::end_cause::normal;
    case 17: return pbx::end_cause::busy;
    case 18:  // no user responding
    case 19: return pbx::end_cause::no_answer;
    case 21: {
      const auto status = hangup.get("TechCause");
      return status.empty() || status == decline ? pbx::end_cause::busy : pbx::end_cause::failure;
    }
    default: return pbx::end_cause::failure;
  }
}

// "01:02:03", hours without end (main/manager.c, action_coreshowchannels).
std::optional<std::chrono::seconds> age_of(std::string_view duration) noexcept {
  std::chrono::seconds age{0};
  for (int part = 0; part < 3; ++part) {
    int number = 0;
    const auto read = std::from_chars(duration.data(), duration.data() + duration.size(), number);
    duration.remove_prefix(static_cast<std::size_t>(read.ptr - duration.data()));
    if (read.ec != std::errc() || number < 0 || duration.starts_with(':') != (part < 2)) {
      return std::nullopt;
    }
    duration.remove_prefix(part < 2 ? 1 : 0);
    age = age * 60 + std::chrono::seconds(number);
  }
  return duration.empty() ? std::optional(age) : std::nullopt;
}

pbx::order_result order_result_of(const message& response) noexcept {
  // AST_CONTROL_BUSY, which IvozProvider's dialplan ends with only where the terminal itself was busy (main/pbx.c). A
  // terminal that answered gives a success, so both tell that it was dialled, however late the channels' events are.
  static constexpr std::string_view busy_reason = "5";
  if (!ascii::iequals(response.get("Response"), "Failure")) {
    return pbx::order_result::placed;
  }
  return response.get("Reason") == busy_reason ? pbx::order_result::busy : pbx::order_result::failed;
}

}  // namespace

std::optional<pbx::event> translate(const message& message) {
  // Most events are none of ours: their name tells before anything else is looked for.
  const kind type = kind_of(message.get("Event"));
  if (type == kind::core_show_channels_complete) {
    return pbx::event{{}, pbx::list_done{}};
  }
  const std::string_view iden = type == kind::other ? std::string_view() : iden_of(message, type);
  if (iden.empty()) {
    return std::nullopt;
  }
  // Asterisk's own ids have a dot (main/channel.c), an iden has none.
  if (iden.contains('.')) {
    return type == kind::core_show_channel ? std::nullopt : std::optional(pbx::event{iden, pbx::something{}});
  }
  const pbx::channel of = channel_of(message.get("Uniqueid"), iden);
  switch (type) {
    case kind::new_channel: return pbx::event{iden, pbx::channel_began{of}};
    case kind::dial_begin: {
      const auto leg = leg_dialled_by(of);
      return leg ? pbx::event{iden, pbx::dial_began{*leg}} : pbx::event{iden, pbx::something{}};
    }
    case kind::dial_end: {
      const auto leg = leg_dialled_by(of);
      return leg ? pbx::event{iden, pbx::dial_ended{*leg, message.get("DestUniqueid"),
                                                    dial_result_of(message.get("DialStatus"))}}
                 : pbx::event{iden, pbx::something{}};
    }
    case kind::bridge_enter:
      return pbx::event{
          iden, pbx::bridge_entered{of, message.get("BridgeUniqueid"), message.get("BridgeNumChannels") == "1"}};
    case kind::originate_response:
      return pbx::event{iden, pbx::order_done{message.get("ActionID"), order_result_of(message)}};
    case kind::hangup: return pbx::event{iden, pbx::channel_ended{of, cause_of(message)}};
    case kind::hangup_request: return pbx::event{iden, pbx::end_asked{of}};
    case kind::core_show_channel:
      return pbx::event{iden, pbx::channel_listed{of, message.get("BridgeId"), age_of(message.get("Duration"))}};
    case kind::core_show_channels_complete:
    case kind::other: break;
  }
  return std::nullopt;
}

}  // namespace c2c::asterisk
