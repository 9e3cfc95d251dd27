// The service as a TLS client: who the peer must prove to be.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/errc.hpp"

namespace c2c::net {

// TLS 1.2 and 1.3 with the peer's certificate verified: against the PEM file `ca` alone where it is named, else against
// what the system trusts. Errors: unavailable, naming the file and what is wrong with it.
result<std::shared_ptr<boost::asio::ssl::context>> make_client_tls(const std::string& ca);

// Demands a certificate whose subjectAltName has `host`, a name or an address; its common name counts for nothing
// (RFC 9525 §2). False when OpenSSL fails.
bool demand_host(X509_VERIFY_PARAM* of, const std::string& host);

// The same of one connection, and asks for it by name (RFC 6066 §3).
bool expect_host(SSL* stream, const std::string& host);

// Why the peer's certificate was not accepted; empty where it was, or where none came.
std::string why_not_trusted(const SSL* stream);

}  // namespace c2c::net
