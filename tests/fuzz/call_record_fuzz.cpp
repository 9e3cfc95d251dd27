// The record of another instance's call: read without harm, and the same after it was written again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cluster/record_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = c2c::cluster::decode(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!read) {
    return 0;
  }
  if (read->history.empty()) {
    __builtin_trap();
  }
  const auto written = c2c::cluster::encode(*read);
  const auto again = c2c::cluster::decode(written);
  if (again && c2c::cluster::encode(*again) != written) {
    __builtin_trap();
  }
  return 0;
}
