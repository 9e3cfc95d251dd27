#include "auth/ticket.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>

#include <openssl/crypto.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace c2c::auth {
namespace {

std::string hex_of(std::span<const std::uint8_t> bytes) {
  std::string out(2 * bytes.size(), '\0');
  to_hex(bytes, out.data());
  return out;
}

std::string hex_of(std::string_view text) {
  return hex_of(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

// The text whose lower-case hex digits these are.
std::optional<std::string> from_hex(std::string_view digits) {
  std::string out(digits.size() / 2, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char* const pair = digits.data() + 2 * i;
    std::uint8_t byte = 0;
    if (std::from_chars(pair, pair + 2, byte, 16).ptr != pair + 2) {
      return std::nullopt;
    }
    out[i] = static_cast<char>(byte);
  }
  // An odd digit left over and capitals are other spellings.
  return hex_of(out) == digits ? std::optional(out) : std::nullopt;
}

}  // namespace

std::string ticket_signer::sign(std::string_view seconds, std::string_view iden, std::string_view owner) {
  return hex_of(mac_.of({"ticket|", seconds, "|", ascii::to_lower(iden), "|", owner}));
}

std::string ticket_signer::issue(std::string_view iden, std::string_view owner, std::chrono::sys_seconds expires) {
  const std::string seconds = std::to_string(expires.time_since_epoch().count());
  return seconds + '.' + hex_of(owner) + '.' + sign(seconds, iden, owner);
}

result<std::string> ticket_signer::verify(std::string_view iden, std::string_view ticket,
                                          std::chrono::sys_seconds now) {
  const auto first = ticket.find('.');
  const auto second = ticket.rfind('.');
  if (ticket.size() > max_size || first == std::string_view::npos || second == first) {
    return fail(errc::invalid_ticket, "malformed");
  }
  const std::string_view seconds = ticket.substr(0, first);
  const auto owner = from_hex(ticket.substr(first + 1, second - first - 1));
  std::int64_t expires = 0;
  const auto read = std::from_chars(seconds.data(), seconds.data() + seconds.size(), expires);
  if (!owner || read.ec != std::errc() || read.ptr != seconds.data() + seconds.size()) {
    return fail(errc::invalid_ticket, "malformed");
  }
  const std::string expected = sign(seconds, iden, *owner);
  const std::string_view given = ticket.substr(second + 1);
  if (given.size() != expected.size() || CRYPTO_memcmp(given.data(), expected.data(), expected.size()) != 0) {
    return fail(errc::invalid_ticket, "forged");
  }
  if (now.time_since_epoch().count() >= expires) {
    return fail(errc::invalid_ticket, "expired");
  }
  return *owner;
}

}  // namespace c2c::auth
