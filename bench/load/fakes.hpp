// An Asterisk whose every answer is ready: MD5 log-in, Ping, Logoff, and Originates whose events follow at once.
#pragma once

#include <string>

#include "call_script.hpp"
#include "net/asio.hpp"

namespace c2c::bench {

struct fake_ami_options {
  std::string secret;
  call_script script;
};

// Accepts for ever. `options` outlives it.
task<void> serve_ami(tcp_acceptor acceptor, const fake_ami_options* options);

// Kamailio's xhttp with jsonrpcs: every htable.get finds `value`, and the connection is closed after the reply.
task<void> serve_kamailio(tcp_acceptor acceptor, std::string value);

}  // namespace c2c::bench
