// Where a Redis is, as an operator writes it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "base/secret.hpp"
#include "net/endpoint.hpp"

namespace c2c::redis {

struct login {
  std::string user;  // empty: the default one
  secret password;   // empty: no log-in

  bool operator==(const login&) const = default;
};

struct url {
  bool tls = false;
  net::endpoint server;                  // where neither of the next two says where it is
  std::string socket;                    // the path of a UNIX socket
  std::vector<net::endpoint> sentinels;  // who is asked where the master is
  std::string master;                    // its name with them
  login sentinel_login;                  // theirs; never in the text of a URL
  std::string user;                      // empty: the default one
  secret password;                       // empty: no log-in
  unsigned database = 0;

  // "redis://host:6379/0", for the log: no user and no password.
  std::string place() const;

  bool operator==(const url&) const = default;
};

// redis://[[user]:password@]host[:port][/database], rediss:// for TLS, unix:///path[?db=database], with %-escapes in
// user and password (IANA's provisional registrations "redis" and "rediss"), and
// redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/master[/database], or rediss+sentinel:// for TLS, with
// at most nine Sentinels. At most 1024 characters. Errors: malformed, with a sentence for the operator that quotes
// nothing of the text.
result<url> parse_url(std::string_view text);

}  // namespace c2c::redis
