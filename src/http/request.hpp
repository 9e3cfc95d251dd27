// One HTTP request as a handler sees it.
#pragma once

#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/verb.hpp>

#include "base/time.hpp"

namespace c2c::http {

using boost::beast::http::verb;

// Views into the connection's own storage: valid until the handler has answered.
struct request {
  verb method = verb::unknown;
  std::string_view path;   // without the query; the authority of an absolute-form target is gone
  std::string_view query;  // without the question mark
  std::string_view rest;   // of the path, where the endpoint's ends in a slash
  std::string_view body;
  std::string_view host;  // as the Host header has it, the port with it
  std::string_view origin;
  std::string_view accept;
  std::string_view authorization;
  std::string_view last_event_id;
  std::string_view forwarded_for;      // every X-Forwarded-For, in one list
  std::string_view requested_headers;  // Access-Control-Request-Headers
  bool private_network = false;        // Access-Control-Request-Private-Network: true
  steady_time began;                   // when its first byte came
  boost::asio::ip::address client;     // who asks; behind proxies that are trusted, whoever those name
};

}  // namespace c2c::http
