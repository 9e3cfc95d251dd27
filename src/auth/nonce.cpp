#include "auth/nonce.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <stdexcept>

#include <openssl/crypto.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace c2c::auth {
namespace {

struct parts {
  std::string_view ts;
  std::string_view rand;
  std::string_view mac;
  std::int64_t seconds;
};

bool is_lower_hex(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return ascii::is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::optional<parts> split(std::string_view nonce) noexcept {
  constexpr std::size_t tail = 1 + nonce_signer::rand_digits + 1 + nonce_signer::mac_digits;
  if (nonce.size() <= tail || nonce.size() > nonce_signer::max_size) {
    return std::nullopt;
  }
  const std::size_t ts_size = nonce.size() - tail;
  parts out{.ts = nonce.substr(0, ts_size),
            .rand = nonce.substr(ts_size + 1, nonce_signer::rand_digits),
            .mac = nonce.substr(nonce.size() - nonce_signer::mac_digits),
            .seconds = 0};
  const bool dots = nonce[ts_size] == '.' && nonce[ts_size + 1 + nonce_signer::rand_digits] == '.';
  const bool canonical = std::ranges::all_of(out.ts, ascii::is_digit) && (ts_size == 1 || out.ts.front() != '0');
  if (!dots || !canonical || !is_lower_hex(out.rand) || !is_lower_hex(out.mac)) {
    return std::nullopt;
  }
  std::from_chars(out.ts.data(), out.ts.data() + out.ts.size(), out.seconds);
  return out;
}

}  // namespace

nonce_signer::nonce_signer(std::string_view secret, std::chrono::seconds ttl) : mac_(secret), ttl_(ttl) {
  if (ttl <= std::chrono::seconds(0)) {
    throw std::invalid_argument("a nonce signer needs a positive ttl");
  }
}

std::string_view nonce_signer::issue(std::string_view aor, std::chrono::sys_seconds now, std::uint64_t random,
                                     buffer& out) {
  char* const begin = out.data();
  const auto written = std::to_chars(begin, begin + max_ts_digits, now.time_since_epoch().count());
  if (written.ec != std::errc() || *begin == '-') {
    throw std::invalid_argument("the clock is set before 1970 or beyond twelve digits of seconds");
  }
  char* end = written.ptr;
  const std::string_view ts(begin, end);
  *end++ = '.';
  std::array<std::uint8_t, rand_digits / 2> random_bytes{};
  std::memcpy(random_bytes.data(), &random, random_bytes.size());
  char* const rand = end;
  end = to_hex(random_bytes, end);
  const auto mac = mac_.of({ts, "|", aor, "|", {rand, end}});
  *end++ = '.';
  end = to_hex(mac, end);
  return {begin, end};
}

result<nonce_signer::verified> nonce_signer::verify(std::string_view aor, std::string_view nonce,
                                                    std::chrono::sys_seconds now) {
  const auto given = split(nonce);
  if (!given) {
    return fail(errc::invalid_nonce, "malformed");
  }
  const auto mac = mac_.of({given->ts, "|", aor, "|", given->rand});
  std::array<char, mac_digits> expected{};
  to_hex(mac, expected.data());
  if (CRYPTO_memcmp(expected.data(), given->mac.data(), mac_digits) != 0) {
    return fail(errc::invalid_nonce, "forged");
  }
  const std::chrono::sys_seconds issued{std::chrono::seconds(given->seconds)};
  if (issued > now + skew) {
    return fail(errc::invalid_nonce, "future");
  }
  if (now - issued > ttl_) {
    return fail(errc::invalid_nonce, "expired");
  }
  verified out{.key = 0, .expires = issued + ttl_ + std::chrono::seconds(1) + skew};
  std::memcpy(&out.key, mac.data(), sizeof out.key);
  return out;
}

}  // namespace c2c::auth
