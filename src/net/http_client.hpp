// POST to a web server over HTTP/1.1: Kamailio's JSON-RPC, and whoever is told of calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "net/connection.hpp"
#include "net/web_url.hpp"

namespace c2c::net {

struct http_answer {
  unsigned status = 0;
  std::string retry_after;     // the header as it came
  std::string body;            // where it is whole
  std::optional<failure> cut;  // why it is not: unavailable, timed_out, or malformed (too long, no HTTP)
};

struct http_client_options {
  web_url to;
  std::shared_ptr<asio::ssl::context> tls;  // where `to` says so
  std::string headers;                      // of every request, each with its line's end
  std::size_t most_body_bytes = 65'536;
  std::chrono::milliseconds idle{0};  // how long a connection waits for the next request; 0: it carries one
};

// On its executor's thread, held by shared_ptr; one request at a time. Connects when there is something to send.
class http_client {
 public:
  http_client(const executor& ex, http_client_options options) : executor_(ex), options_(std::move(options)) {}

  // Sends a request with `headers` besides the options', and gives the final answer (RFC 9110 §15.2) once its header is
  // there and its body has come or is cut. The request goes out twice where a connection that was kept turns out to
  // have been closed by the server. Errors: unavailable, timed_out (after `by`), malformed (no HTTP); the detail names
  // nothing of the request.
  static task<result<http_answer>> post(std::shared_ptr<http_client> self, std::string headers, std::string body,
                                        steady_time by);

  // Ends the connection, for good; a post() that is under way, or comes later, fails.
  void close();

 private:
  struct exchanged {
    result<http_answer> answer;
    bool heard = false;  // something came
  };
  static task<exchanged> exchange(std::shared_ptr<http_client> self, std::shared_ptr<connection> on,
                                  std::string request);
  std::string request(const std::string& headers, const std::string& body) const;

  executor executor_;
  http_client_options options_;
  std::shared_ptr<connection> now_;  // connected, or about to be; null before the first
  bool closed_ = false;
};

}  // namespace c2c::net
