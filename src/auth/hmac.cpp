#include "auth/hmac.hpp"

#include <stdexcept>
#include <string>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace c2c::auth {
namespace {

const std::uint8_t* raw(std::string_view text) noexcept {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

void hmac_sha256::mac_free::operator()(evp_mac_ctx_st* context) const noexcept {
  EVP_MAC_CTX_free(context);
}

hmac_sha256::hmac_sha256(std::string_view key) {
  if (key.empty()) {
    throw std::invalid_argument("an HMAC needs a key");
  }
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
  mac_.reset(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  if (!mac_ || EVP_MAC_init(mac_.get(), raw(key), key.size(), params.data()) != 1) {
    throw std::runtime_error("OpenSSL has no HMAC-SHA-256");
  }
}

hmac_sha256::bytes hmac_sha256::of(std::initializer_list<std::string_view> pieces) {
  bytes out{};
  std::size_t written = 0;
  EVP_MAC_CTX* mac = mac_.get();
  // Initialising without a key keeps the one set before; OpenSSL before 3.0.3 could not, which the build refuses.
  bool ok = EVP_MAC_init(mac, nullptr, 0, nullptr) == 1;
  for (const std::string_view piece : pieces) {
    ok = ok && EVP_MAC_update(mac, raw(piece), piece.size()) == 1;
  }
  ok = ok && EVP_MAC_final(mac, out.data(), &written, out.size()) == 1 && written == out.size();
  if (!ok) {
    throw std::runtime_error("OpenSSL could not compute an HMAC");
  }
  return out;
}

}  // namespace c2c::auth
