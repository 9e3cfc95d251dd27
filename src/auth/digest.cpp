#include "auth/digest.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace c2c::auth {

void digester::free::operator()(evp_md_st* algorithm) const noexcept {
  EVP_MD_free(algorithm);
}

void digester::free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

digester::digester() : md5_(EVP_MD_fetch(nullptr, "MD5", nullptr)), context_(EVP_MD_CTX_new()) {
  if (!md5_ || !context_) {
    throw std::runtime_error("OpenSSL does not offer MD5, which the digest needs");
  }
}

void digester::begin() {
  if (EVP_DigestInit_ex2(context_.get(), md5_.get(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL could not begin an MD5");
  }
}

void digester::update(std::string_view text) {
  if (EVP_DigestUpdate(context_.get(), text.data(), text.size()) != 1) {
    throw std::runtime_error("OpenSSL could not continue an MD5");
  }
}

md5_hex digester::finish() {
  std::array<std::uint8_t, 16> digest{};
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL could not finish an MD5");
  }
  md5_hex out{};
  to_hex(digest, out.data());
  return out;
}

md5_hex digester::joined(std::string_view a, std::string_view b, std::string_view c) {
  begin();
  update(a);
  update(":");
  update(b);
  update(":");
  update(c);
  return finish();
}

md5_hex digester::ha1(std::string_view user, std::string_view realm, std::string_view password) {
  return joined(user, realm, password);
}

md5_hex digester::response(std::string_view ha1, std::string_view nonce, std::string_view destination) {
  begin();
  update(destination);
  const md5_hex ha2 = finish();
  return joined(ha1, nonce, view(ha2));
}

md5_hex digester::response(std::string_view user, std::string_view realm, std::string_view password,
                           std::string_view nonce, std::string_view destination) {
  md5_hex secret = ha1(user, realm, password);
  const md5_hex out = response(view(secret), nonce, destination);
  OPENSSL_cleanse(secret.data(), secret.size());
  return out;
}

bool digester::verify(std::string_view given, std::string_view user, std::string_view realm, std::string_view password,
                      std::string_view nonce, std::string_view destination) {
  const md5_hex expected = response(user, realm, password, nonce, destination);
  if (given.size() != expected.size()) {
    return false;
  }
  md5_hex lowered{};
  std::ranges::transform(given, lowered.begin(), ascii::lower);
  return CRYPTO_memcmp(lowered.data(), expected.data(), expected.size()) == 0;
}

}  // namespace c2c::auth
