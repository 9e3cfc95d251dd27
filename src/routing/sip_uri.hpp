// The host that a SIP URI names: how Kamailio and its database write the address of an application server. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/errc.hpp"

namespace c2c::routing {

// The host of `sip[s]:[user@]<host>[:<port>][;params][?headers]` (RFC 3261 §19.1.1): an IPv4 address, an IPv6 one
// (given back without its brackets) or a name. The scheme says how SIP reaches the server; only its AMI is reached
// here, so `sips` names a host as well as `sip` does. A port, where there is one, has to be one. Errors: malformed.
result<std::string> parse_sip_host(std::string_view uri);

}  // namespace c2c::routing
