// An Asterisk whose every answer is ready: MD5 log-in, Ping, Logoff, and Originates whose events follow at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net.hpp"

namespace c2c::bench {

// A recorded call: literal text between the places where a call's own values stand.
class call_script {
 public:
  // `text` is what Asterisk wrote, with {action}, {iden} and {n} (a number of the call's own) for a call's values. Line
  // ends may be LF; they are written as CR LF.
  explicit call_script(std::string_view text);

  void append(std::string& out, std::string_view action, std::string_view iden, std::string_view number) const;

 private:
  enum class value : std::uint8_t { none, action, iden, number };
  std::vector<std::pair<std::string, value>> pieces_;
};

struct fake_ami_options {
  std::string secret;
  call_script script;
};

// Accepts for ever. `options` outlives it.
task<void> serve_ami(tcp_acceptor acceptor, const fake_ami_options* options);

// Kamailio's xhttp with jsonrpcs: every htable.get finds `value`, and the connection is closed after the reply.
task<void> serve_kamailio(tcp_acceptor acceptor, std::string value);

}  // namespace c2c::bench
