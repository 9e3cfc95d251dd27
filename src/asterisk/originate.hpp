// The Originate of a click2dial call, as IvozProvider's dialplan expects it.
#pragma once

#include <string_view>

#include "asterisk/action.hpp"
#include "pbx/order.hpp"

namespace c2c::asterisk {

// The halves of the Local channel have the iden as their id, the second with this after it. Asterisk compares ids
// ignoring case (main/channel.c).
inline constexpr std::string_view second_half_suffix = "-2";

// Faulty values (a comma in an extension, say) come out of the action's encode().
action originate(const pbx::order& order);

// Whether Asterisk's `Message` to a refused Originate says that nothing was dialled (main/manager.c, action_originate):
// its dialplan is not loaded yet, or its AMI user may not originate. A duplicate id is refused otherwise, and another
// server must not be tried then.
bool proves_no_call(std::string_view refusal) noexcept;

// Ends the call of the channel of that unique id, in any case: Asterisk looks a channel up by name and then by unique
// id (main/manager.c, action_hangup).
action hang_up(std::string_view unique_id);

// Whether an action was refused as the account lacks the right to it (main/manager.c, process_message).
bool lacks_right(std::string_view refusal) noexcept;

}  // namespace c2c::asterisk
