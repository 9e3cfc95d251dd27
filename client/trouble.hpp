// How a connection to the service is made, and what can go wrong with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace c2c::client {

enum class trouble_kind : std::uint8_t {
  name_not_found = 1,
  refused,
  unreachable,
  timed_out,
  wrong_name,  // the certificate is for another host
  untrusted,   // the certificate is not trusted for another reason
  tls,         // anything else about TLS
  bad_ca,      // the file of certificates cannot be used
  broken,      // the connection ended before a whole answer
  too_large,   // an answer of more than 64 KiB, or a header of more than 16 KiB
  not_http,
  given_up,  // whoever asked wants it no more; `sent` is false
};

struct trouble {
  trouble_kind kind;
  std::string detail;  // the library's words, for the terminal
  bool sent = false;   // the request may have reached the service
};

struct connection_options {
  bool verify_tls = true;
  std::string ca;                                               // PEM, trusted beside the system's store; empty: none
  std::chrono::milliseconds connect = std::chrono::seconds(5);  // name, TCP and TLS together
  std::chrono::milliseconds whole = std::chrono::seconds(20);   // one request and its answer, without connecting
  int wake = -1;                    // once it can be read, whatever may still be given up is: trouble_kind::given_up
  std::function<void()> held_up{};  // told where it can be read, but the answer is waited for all the same
};

}  // namespace c2c::client
