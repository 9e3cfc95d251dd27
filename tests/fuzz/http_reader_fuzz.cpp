// The HTTP reader gives the same requests however its bytes are cut, never passes its limits, and consumes no more than
// it is fed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/reader.hpp"

namespace {

using c2c::http::reader;

constexpr c2c::http::reader_limits limits{.header_bytes = 1'024, .body_bytes = 256};

void require(bool true_always) {
  if (!true_always) {
    __builtin_trap();
  }
}

// What a peer that sent `bytes` in pieces of `piece` would have been taken to ask for.
std::vector<std::string> read_all(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> seen;
  reader read(limits);
  std::string pending;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view more = bytes.substr(at, piece);
    pending += more;
    at += more.size();
    for (bool again = true; again;) {
      const auto [what, consumed] = read.feed(pending);
      require(consumed <= pending.size());
      pending.erase(0, consumed);
      again = false;
      if (what == reader::outcome::complete) {
        const auto& message = read.message();
        require(message.body.size() <= limits.body_bytes);
        require(message.path.find('?') == std::string_view::npos);
        seen.push_back(std::string(message.path) + ' ' + std::string(message.query) + ' ' + std::string(message.body) +
                       ' ' + std::string(message.origin) + (read.keep_alive() ? " keep" : " close"));
        if (!read.keep_alive()) {
          return seen;
        }
        read.start();
        again = !pending.empty();
      } else if (what == reader::outcome::refused) {
        require(read.refused_with().status >= 400);
        seen.emplace_back("refused");
        return seen;
      }
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_all(bytes, size == 0 ? 1 : size);
  const std::size_t piece = size == 0 ? 1 : 1 + data[0] % 16;
  const auto cut = read_all(bytes, piece);
  // A stream that is cut may be refused for its length at another byte, but what was taken before is the same.
  const std::size_t common = std::min(whole.size(), cut.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (whole[i] != "refused" && cut[i] != "refused") {
      require(whole[i] == cut[i]);
    }
  }
  return 0;
}
