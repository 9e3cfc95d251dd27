#include "http/tls.hpp"

#include <openssl/ssl.h>

namespace c2c::http {
namespace {

// Forward secrecy and authenticated encryption only (RFC 9325 §4.2); TLS 1.3 has no others.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// Elliptic curves of at most 0.5 ms of CPU each, one of which every client has (RFC 8446 §9.1). OpenSSL's own list goes
// on to finite fields of up to 8192 bits: 100 ms for whoever asks, before anything is known of them (ssl/t1_lib.c,
// supported_groups_default).
constexpr const char* key_exchange_groups = "X25519:P-256:P-384";

}  // namespace

result<std::shared_ptr<boost::asio::ssl::context>> make_tls(const std::string& certificate_file,
                                                            const std::string& key_file) {
  using boost::asio::ssl::context;
  auto tls = std::make_shared<context>(context::tls_server);
  SSL_CTX* native = tls->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(native, tls12_ciphers);
  static constexpr unsigned char session_context[] = "click2calld";
  SSL_CTX_set_session_id_context(native, session_context, sizeof session_context - 1);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_set1_groups_list(native, key_exchange_groups) != 1) {
    return fail(errc::unavailable,
                "server.tls_cert: this OpenSSL does not know the key exchanges X25519, P-256 and P-384");
  }

  // OpenSSL's own way is to ask on the terminal, whoever sits there, with SIGTERM held back meanwhile.
  const auto encrypted = std::make_shared<bool>(false);
  tls->set_password_callback([encrypted](std::size_t, context::password_purpose) {
    *encrypted = true;
    return std::string();
  });
  boost::system::error_code ec;
  // Before the certificate: OpenSSL then leaves it to us to say that they are no pair.
  tls->use_private_key_file(key_file, context::pem, ec);
  if (ec && *encrypted) {
    return fail(errc::unavailable, "server.tls_key: " + key_file +
                                       " is encrypted, and a service has nobody to type its password: name a copy "
                                       "without one, made with `openssl pkey -in " +
                                       key_file + "` and readable by the service alone");
  }
  if (ec) {
    return fail(errc::unavailable, "server.tls_key: cannot use " + key_file + ": " + ec.message());
  }
  tls->use_certificate_chain_file(certificate_file, ec);
  if (ec) {
    return fail(errc::unavailable, "server.tls_cert: cannot use " + certificate_file + ": " + ec.message());
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    return fail(errc::unavailable, "server.tls_key: " + key_file + " is not the key of " + certificate_file);
  }
  return tls;
}

}  // namespace c2c::http
