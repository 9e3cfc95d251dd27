// One connection, from its first byte to its close.
#pragma once

#include <chrono>

#include <boost/asio/ssl/context.hpp>

#include "http/connections.hpp"
#include "http/cors.hpp"
#include "http/proxies.hpp"
#include "http/reader.hpp"
#include "http/router.hpp"
#include "net/asio.hpp"

namespace c2c::http {

struct session_options {
  reader_limits limits;
  std::chrono::seconds idle_timeout{75};     // between requests
  std::chrono::seconds request_timeout{10};  // from a request's first byte to its last; also a TLS handshake
  std::chrono::seconds write_timeout{10};    // of one write
  std::chrono::seconds heartbeat{15};        // between the events of a stream: proxies cut what is silent for long
  // Where there are as many connections as may be: the one that has waited longest for a request ends, instead of the
  // next one being refused.
  bool make_room = false;
  proxies trusted;
  admission admit_handshake;  // of TLS, by a peer that is no trusted proxy; empty: any
};

// What every session of a worker shares; outlives them all.
struct session_room {
  const router& routes;
  const cors& origins;
  const session_options& options;
  connections& open;
  date_cache& dates;
};

// Serves HTTP/1.0 and 1.1 on an accepted socket until it ends. Runs on the socket's executor. `room` outlives the
// session.
task<void> serve(tcp_socket socket, session_room* room);
// The same over TLS; the handshake comes first.
task<void> serve_tls(tcp_socket socket, asio::ssl::context* tls, session_room* room);

}  // namespace c2c::http
