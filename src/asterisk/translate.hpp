// AMI's events in the words of pbx/event.hpp. Pure.
#pragma once

#include <optional>

#include "asterisk/message.hpp"
#include "pbx/event.hpp"

namespace c2c::asterisk {

// Nothing for events that tell nothing of any call. What is given points into `message`.
//
// A call's channels carry its iden as their Linkedid; the halves of its Local channel are the iden itself and the iden
// with "-2" (asterisk/originate.hpp). The first half runs the dialplan that dials the destination, the second the one
// that dials the caller's phone.
std::optional<pbx::event> translate(const message& message);

}  // namespace c2c::asterisk
