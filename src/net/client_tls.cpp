#include "net/client_tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "net/endpoint.hpp"

namespace c2c::net {

result<std::shared_ptr<boost::asio::ssl::context>> make_client_tls(const std::string& ca) {
  using boost::asio::ssl::context;
  auto tls = std::make_shared<context>(context::tls_client);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  tls->set_verify_mode(boost::asio::ssl::verify_peer);
  boost::system::error_code ec;
  if (ca.empty()) {
    tls->set_default_verify_paths(ec);
  } else {
    tls->load_verify_file(ca, ec);
  }
  if (ec) {
    return fail(errc::unavailable, ca.empty() ? "the system's trusted certificates cannot be read: " + ec.message()
                                              : "cannot use " + ca + ": " + ec.message());
  }
  return tls;
}

bool demand_host(X509_VERIFY_PARAM* of, const std::string& host) {
  if (is_address(host)) {
    return X509_VERIFY_PARAM_set1_ip_asc(of, host.c_str()) == 1;
  }
  X509_VERIFY_PARAM_set_hostflags(of, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return X509_VERIFY_PARAM_set1_host(of, host.c_str(), host.size()) == 1;
}

bool expect_host(SSL* stream, const std::string& host) {
  return demand_host(SSL_get0_param(stream), host) &&
         (is_address(host) || SSL_ctrl(stream, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                       const_cast<char*>(host.c_str())) == 1);  // NOLINT(*-const-cast): it is copied
}

std::string why_not_trusted(const SSL* stream) {
  const long verdict = SSL_get_verify_result(stream);
  return verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict);
}

}  // namespace c2c::net
