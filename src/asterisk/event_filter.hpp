// What Asterisk need not tell us.
#pragma once

#include <string_view>

namespace c2c::asterisk {

// For session_options: the kinds of events that a board passes over, and what is linked to an id with a dot. Asterisk's
// own ids have one (main/channel.c), an iden has none, and each channel of a call is linked to its iden. On a busy
// server that is all but a few of the events, and each that is heard costs a wake-up.
//
// A POSIX extended regular expression over an event's text, headers in the order in which Asterisk writes them; the
// first is Event (main/manager.c, match_eventfilter). README has it for manager.conf.
inline constexpr std::string_view event_filter =
    R"(!^Event: (New[ACes]|DialState|Bridge[CDL]|Local[BO]|SoftH)|Linkedid: [A-Za-z0-9_-]*\.)";

}  // namespace c2c::asterisk
