// What is wrong with a certificate that can be used: OpenSSL serves whatever it can read.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>

namespace c2c::http {

// Sentences for the operator, each with its key of the configuration and what to do.
struct certificate_faults {
  std::vector<std::string> refused;   // for these every client refuses it: out of date, or not yet in force
  std::vector<std::string> doubtful;  // an issuer that clients may not find, a key that everybody can read
};

// Of a context that `make_tls` made from these files.
certificate_faults find_faults(boost::asio::ssl::context& made, const std::string& certificate_file,
                               const std::string& key_file, std::chrono::system_clock::time_point now);

}  // namespace c2c::http
