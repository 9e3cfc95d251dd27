#include "base/random.hpp"

#include <cstring>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace c2c {

void random_source::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (used_ == block_.size()) {
      if (RAND_bytes(block_.data(), static_cast<int>(block_.size())) != 1) {
        throw std::runtime_error("OpenSSL gives no random bytes");
      }
      used_ = 0;
    }
    const std::size_t count = std::min(out.size(), block_.size() - used_);
    std::memcpy(out.data(), block_.data() + used_, count);
    OPENSSL_cleanse(block_.data() + used_, count);
    used_ += count;
    out = out.subspan(count);
  }
}

std::uint32_t random_source::next_u32() {
  std::array<std::uint8_t, 4> bytes{};
  fill(bytes);
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint64_t random_source::next_u64() {
  std::array<std::uint8_t, 8> bytes{};
  fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint8_t random_source::below(unsigned bound) {
  // Values past the last whole multiple of the bound would favour the low results.
  const unsigned limit = 256 - 256 % bound;
  for (;;) {
    std::uint8_t byte = 0;
    fill({&byte, 1});
    if (byte < limit) {
      return static_cast<std::uint8_t>(byte % bound);
    }
  }
}

}  // namespace c2c
