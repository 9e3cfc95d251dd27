// The first byte seeds how the rest is split; however it is split, the same messages and the same verdict must come
// out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "asterisk/decoder.hpp"
#include "asterisk/message.hpp"
#include "asterisk/translate.hpp"
#include "call/progress.hpp"

namespace {

struct outcome {
  std::vector<std::string> messages;
  bool broken = false;
  std::uint64_t skipped = 0;

  bool operator==(const outcome&) const = default;
};

void check(const c2c::asterisk::message& one) {
  const std::string_view text = one.text();
  if (text.empty() || !text.ends_with('\n') || text.find('\0') != std::string_view::npos ||
      text.size() > c2c::asterisk::decoder::max_message_bytes) {
    __builtin_trap();
  }
  const std::string_view value = one.get("Event");
  if (value.find('\n') != std::string_view::npos) {
    __builtin_trap();
  }
  if (!value.empty() && (value.data() < text.data() || value.data() + value.size() > text.data() + text.size())) {
    __builtin_trap();
  }
  // Whatever it tells, a call takes it.
  if (const auto event = c2c::asterisk::translate(one)) {
    c2c::call::progress call;
    call.apply(*event);
    call.apply(*event);
  }
}

// Pieces of sizes that a small generator gives; a seed of zero takes all that fits.
outcome decode(std::string_view bytes, std::uint32_t seed) {
  c2c::asterisk::decoder decoder;
  outcome out;
  while (!bytes.empty()) {
    const std::span<char> room = decoder.room();
    if (room.empty()) {
      __builtin_trap();
    }
    std::size_t size = std::min(room.size(), bytes.size());
    if (seed != 0) {
      seed = seed * 1664525U + 1013904223U;
      size = std::min<std::size_t>(size, 1 + (seed >> 24U) % 64);
    }
    std::copy_n(bytes.begin(), size, room.begin());
    decoder.commit(size);
    bytes.remove_prefix(size);
    for (;;) {
      const auto next = decoder.next();
      if (!next) {
        out.broken = true;
        if (decoder.greeted() || decoder.next()) {
          __builtin_trap();
        }
        return out;
      }
      if (!*next) {
        break;
      }
      check(**next);
      out.messages.emplace_back((*next)->text());
    }
  }
  out.skipped = decoder.skipped();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const std::string& input : {std::string(bytes), "Asterisk Call Manager/9.0.0\r\n" + std::string(bytes)}) {
    if (decode(input, 0) != decode(input, data[0] + 1U)) {
      __builtin_trap();
    }
  }
  return 0;
}
