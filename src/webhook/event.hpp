// One change of a call as it is told to a webhook: a CloudEvent of CAMARA's Click to Dial API, and its signature. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace c2c::webhook {

// The call as of its change `number`. The texts may come from callers; state and reason are CAMARA's names.
struct call_change {
  using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

  std::string iden;
  std::string owner;  // the caller's AoR
  std::string destination;
  std::string state;
  std::string reason;   // empty before the last state
  unsigned number = 1;  // from 1, in the order of the changes
  wall_time at;
  wall_time started;
  std::optional<wall_time> connected;
  std::optional<wall_time> ended;
};

// A CloudEvent 1.0 in JSON (cloudevents/spec: cloudevents/formats/json-format.md) of the type, and with the names, of
// camaraproject/ClickToDial: code/API_definitions/click-to-dial.yaml (EventCTDStatusChanged); what that has no name
// for has the name that GET /calls/{iden} gives it. The caller is an AoR, as no number of the caller's is known.
//
// Its `id` is the same whenever it is made of the same change, and no other change of this or any call has it, one of
// an iden that was used before included: a receiver may drop what it has seen.
std::string to_cloud_event(const call_change& change);

// "t=<unix seconds>,v1=<64 hex digits>": HMAC-SHA-256 under `key` over the seconds, a dot and the body. Throws
// std::runtime_error when OpenSSL fails.
std::string signature(std::string_view key, std::chrono::sys_seconds now, std::string_view body);

}  // namespace c2c::webhook
