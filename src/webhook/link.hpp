// A keep-alive HTTP/1.1 connection to the receiver, plain or TLS, with one request at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/errc.hpp"
#include "net/addresses.hpp"
#include "net/asio.hpp"
#include "net/web_url.hpp"

namespace c2c::webhook {

struct answer {
  unsigned status = 0;
  std::string retry_after;  // the header as it came
};

struct receiver {
  net::web_url url;
  std::shared_ptr<asio::ssl::context> tls;  // null for plain HTTP
  std::shared_ptr<net::addresses> addresses;
};

// On one thread, held by shared_ptr. Connects when there is something to send; the connection is used again while the
// receiver keeps it, and closed when it has been idle for `idle`.
class link {
 public:
  link(const executor& ex, receiver to, std::chrono::milliseconds idle);
  ~link();
  link(const link&) = delete;
  link& operator=(const link&) = delete;

  // Sends a whole request, and gives the final answer's status as soon as its header is there; of its body at most
  // 64 KiB are read, and only to use the connection again. The request goes out twice where a connection that was kept
  // turns out to have been closed by the receiver. Errors: unavailable, timed_out (after `by`), malformed (no HTTP);
  // the detail names nothing of the request.
  static task<result<answer>> post(std::shared_ptr<link> self, std::string request, steady_time by);

  // Ends the connection, for good; a post() that is under way, or comes later, fails.
  void close();

 private:
  struct connection;

  static task<result<std::shared_ptr<connection>>> connect(std::shared_ptr<link> self, steady_time by);
  static task<result<answer>> exchange(std::shared_ptr<link> self, std::shared_ptr<connection> on,
                                       std::string_view request);

  executor executor_;
  receiver to_;
  std::chrono::milliseconds idle_;
  std::shared_ptr<connection> now_;  // connected, or about to be; null before the first
  bool closed_ = false;
};

}  // namespace c2c::webhook
