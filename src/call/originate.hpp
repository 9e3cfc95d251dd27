// The Originate of a click2dial call, as IvozProvider's dialplan expects it.
#pragma once

#include <string>
#include <string_view>

#include "ami/action.hpp"
#include "call/request.hpp"
#include "directory/directory.hpp"

namespace c2c::call {

// One call that has been paid for: its caller is known, its destination signed.
struct order {
  std::string iden;
  std::string owner;  // the caller's name@domain as the directory spells it
  std::string destination;
  directory::terminal caller;
  settings how;
};

// The two halves of the Local channel carry these ids; Asterisk compares them ignoring case (main/channel.c).
std::string second_half_id(std::string_view iden);

// Faulty values (a comma in an extension, say) come out of the action's encode().
ami::action originate(const order& what);

// Ends the call of the channel of that unique id, in any case: Asterisk looks a channel up by name and then by unique
// id (main/manager.c, action_hangup).
ami::action hang_up(std::string_view unique_id);

}  // namespace c2c::call
