// Random bytes of cryptographic quality from OpenSSL, drawn in blocks: a small draw costs a copy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace c2c {

// One for each thread. Throws std::runtime_error when OpenSSL cannot give random bytes, as nothing can go on then.
class random_source {
 public:
  void fill(std::span<std::uint8_t> out);
  std::uint32_t next_u32();
  std::uint64_t next_u64();
  // Evenly spread over [0, bound); 1 ≤ bound ≤ 256.
  std::uint8_t below(unsigned bound);

 private:
  std::array<std::uint8_t, 512> block_{};
  std::size_t used_ = 512;
};

}  // namespace c2c
