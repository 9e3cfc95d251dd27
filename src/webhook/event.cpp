#include "webhook/event.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <span>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hex.hpp"
#include "log/log.hpp"

namespace c2c::webhook {
namespace {

constexpr std::size_t sha256_bytes = 32;

std::string to_text(call_change::wall_time when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole), (when - seconds).count());
}

// A UUID of one's own making (RFC 9562 §5.8) from what makes a change unlike every other.
std::string id_of(const call_change& change) {
  const std::string name =
      fmt::format("{}/{}/{}", change.iden, change.started.time_since_epoch().count(), change.number);
  std::array<std::uint8_t, sha256_bytes> hash{};
  unsigned size = 0;
  if (EVP_Digest(name.data(), name.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1 || size != hash.size()) {
    throw std::runtime_error("OpenSSL has no SHA-256");
  }
  hash[6] = static_cast<std::uint8_t>((hash[6] & 0x0fU) | 0x80U);
  hash[8] = static_cast<std::uint8_t>((hash[8] & 0x3fU) | 0x80U);
  std::array<char, 32> digits{};
  to_hex(std::span(hash).first<16>(), digits.data());
  const std::string_view all(digits.data(), digits.size());
  return fmt::format("{}-{}-{}-{}-{}", all.substr(0, 8), all.substr(8, 4), all.substr(12, 4), all.substr(16, 4),
                     all.substr(20));
}

}  // namespace

std::string to_cloud_event(const call_change& change) {
  std::string out = fmt::format(
      R"({{"specversion":"1.0","id":"{}","source":"/calls/{}","type":"org.camaraproject.click-to-dial.v0.status-changed",)"
      R"("time":"{}","sequence":"{}","datacontenttype":"application/json","data":{{"callId":"{}","caller":"{}",)"
      R"("callee":"{}","status":{{"state":"{}")",
      id_of(change), log::json_escaped(change.iden), to_text(change.at), change.number, log::json_escaped(change.iden),
      log::json_escaped(change.owner), log::json_escaped(change.destination), log::json_escaped(change.state));
  const auto end = std::back_inserter(out);
  if (!change.reason.empty()) {
    fmt::format_to(end, R"(,"reason":"{}")", log::json_escaped(change.reason));
  }
  out += '}';
  if (change.connected && change.ended) {
    const auto lasted = std::chrono::floor<std::chrono::seconds>(*change.ended - *change.connected);
    fmt::format_to(end, R"(,"callDuration":"{}")", lasted.count());
  }
  fmt::format_to(end, R"(,"timestamp":"{}","startedAt":"{}")", to_text(change.at), to_text(change.started));
  if (change.connected) {
    fmt::format_to(end, R"(,"connectedAt":"{}")", to_text(*change.connected));
  }
  if (change.ended) {
    fmt::format_to(end, R"(,"endedAt":"{}")", to_text(*change.ended));
  }
  out += "}}";
  return out;
}

std::string signature(std::string_view key, std::chrono::sys_seconds now, std::string_view body) {
  const std::string signed_text = fmt::format("{}.{}", now.time_since_epoch().count(), body);
  std::array<std::uint8_t, sha256_bytes> mac{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), mac.data(),
           &size) == nullptr ||
      size != mac.size()) {
    throw std::runtime_error("OpenSSL could not compute an HMAC");
  }
  std::array<char, 2 * sha256_bytes> digits{};
  to_hex(mac, digits.data());
  return fmt::format("t={},v1={}", now.time_since_epoch().count(), std::string_view(digits.data(), digits.size()));
}

}  // namespace c2c::webhook
