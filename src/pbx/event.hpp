// What a PBX tells of its calls. Pure.
//
// A call has two legs, and inside the PBX a half for each: the caller's half dials the caller's phone, the
// destination's half dials the destination. All other channels of a call are phones.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace c2c::pbx {

enum class leg : std::uint8_t { caller, destination };

struct channel {
  enum class role : std::uint8_t { caller_half, destination_half, phone };
  role is = role::phone;
  std::string_view id;  // as the PBX spells it; case is nothing
};

// What became of dialling one phone.
enum class dial_result : std::uint8_t { none, answered, busy, no_answer, cancelled, failed };

// Why a channel ended, as far as it says why a call failed (ITU-T Q.850, and the SIP status where the PBX knows it).
enum class end_cause : std::uint8_t {
  unknown,
  normal,     // cleared by a person
  busy,       // or declined by a person: both tell that somebody was there
  no_answer,  // the phone says that it is not there, or nothing
  failure,
};

// What a PBX says of an order once it is through with it. It may overtake what it tells of the call's channels.
enum class order_result : std::uint8_t {
  placed,
  busy,    // the caller's phone was dialled, and busy
  failed,  // there never was a channel, or those that come yet tell more
};

struct channel_began {
  channel of;
};
struct dial_began {
  leg of;
};
struct dial_ended {
  leg of;
  std::string_view phone;  // the id of its channel
  dial_result how;
};
struct bridge_entered {
  channel of;
  std::string_view bridge;
  bool alone;  // nobody else is in it
};
// The other half wants this channel to end.
struct end_asked {
  channel of;
};
struct channel_ended {
  channel of;
  end_cause why;
};
struct order_done {
  std::string_view order;  // as port::originate has named it
  order_result how;
};
// A channel, in the list that port::list_channels has asked for.
struct channel_listed {
  channel of;
  std::string_view bridge;                       // that it is in; empty: none
  std::optional<std::chrono::seconds> age = {};  // where the PBX tells it
};
// That list is complete.
struct list_done {};
// Something else of this call, or of a call that is nobody's order.
struct something {};

// Valid while it is told.
struct event {
  std::string_view iden;  // of the call; empty with list_done
  std::variant<something, channel_began, dial_began, dial_ended, bridge_entered, end_asked, channel_ended, order_done,
               channel_listed, list_done>
      fact;
};

}  // namespace c2c::pbx
