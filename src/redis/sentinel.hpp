// Which Redis is the master: what a Sentinel says (redis.io/docs/latest/develop/reference/sentinel-clients).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "redis/session.hpp"
#include "redis/url.hpp"

namespace c2c::redis {

// The address in the answer to SENTINEL get-master-addr-by-name. Pure. Errors: unavailable, with words for the
// operator.
result<net::endpoint> master_of(const result<answer>& reply);

// Asks one Sentinel, for `patience` at most. `over` is a new connection, which the caller may close to end the
// question. Errors: unavailable.
task<result<net::endpoint>> ask_sentinel(std::shared_ptr<net::connection> over, net::endpoint sentinel,
                                         std::string master, login with, std::shared_ptr<asio::ssl::context> tls,
                                         std::chrono::milliseconds patience);

}  // namespace c2c::redis
