// The proof that a caller knows a terminal's SIP password:
//   HA1 = MD5(user:realm:password)   HA2 = MD5(destination)   response = MD5(HA1:nonce:HA2), all as lower-case hex.
// HA1 and the outer hash are those of HTTP Digest (RFC 7616 §3.4, without qop); HA2 signs the destination instead of a
// method and a URI. MD5 is what the contract says: the password's secrecy against whoever reads the exchange is TLS's
// to keep.
#pragma once

#include <array>
#include <memory>
#include <string_view>

struct evp_md_st;
struct evp_md_ctx_st;

namespace c2c::auth {

// MD5 as lower-case hex.
using md5_hex = std::array<char, 32>;

inline std::string_view view(const md5_hex& hex) noexcept {
  return {hex.data(), hex.size()};
}

// Pure. One for each thread: the algorithm is fetched once and the context reused, as both are slow in OpenSSL 3.
class digester {
 public:
  // Throws std::runtime_error when OpenSSL does not offer MD5 (a FIPS-only configuration).
  digester();

  // A secret as good as the password: never to be logged, sent or kept longer than needed.
  md5_hex ha1(std::string_view user, std::string_view realm, std::string_view password);

  md5_hex response(std::string_view ha1, std::string_view nonce, std::string_view destination);
  md5_hex response(std::string_view user, std::string_view realm, std::string_view password, std::string_view nonce,
                   std::string_view destination);

  // Whether `given` is the right response, letter case aside, compared in constant time. User and realm are in the
  // client's own spelling, as that is what it hashed.
  bool verify(std::string_view given, std::string_view user, std::string_view realm, std::string_view password,
              std::string_view nonce, std::string_view destination);

 private:
  struct free {
    void operator()(evp_md_st* algorithm) const noexcept;
    void operator()(evp_md_ctx_st* context) const noexcept;
  };

  md5_hex joined(std::string_view a, std::string_view b, std::string_view c);
  void begin();
  void update(std::string_view text);
  md5_hex finish();

  std::unique_ptr<evp_md_st, free> md5_;
  std::unique_ptr<evp_md_ctx_st, free> context_;
};

}  // namespace c2c::auth
