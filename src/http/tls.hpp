#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/errc.hpp"

namespace c2c::http {

// A server context for TLS 1.2 and 1.3 with session tickets, from PEM files. One for the process: OpenSSL guards it,
// and tickets of one worker are good at every other. Errors: unavailable, naming the file and what is wrong with it.
result<std::shared_ptr<boost::asio::ssl::context>> make_tls(const std::string& certificate_file,
                                                            const std::string& key_file);

}  // namespace c2c::http
