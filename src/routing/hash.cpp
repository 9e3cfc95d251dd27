#include "routing/hash.hpp"

#include <algorithm>

namespace c2c::routing {

std::uint32_t kamailio_hash(std::string_view text) noexcept {
  std::uint32_t hash = 0;
  do {
    // Four characters make a word, big end first; the last word may hold fewer, and is there even when it holds none.
    const std::string_view word = text.substr(0, 4);
    std::uint32_t value = 0;
    for (const char c : word) {
      value = value << 8U | static_cast<std::uint8_t>(c);
    }
    hash += value ^ (value >> 3U);
    text.remove_prefix(word.size());
  } while (!text.empty());
  return hash + (hash >> 11U) + ((hash >> 13U) + (hash >> 23U));
}

servers order_by_hash(std::span<const destination> all, std::uint64_t company_id) {
  servers out;
  if (all.empty()) {
    return out;
  }
  const std::size_t first = kamailio_hash(std::to_string(company_id)) % all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const destination& next = all[(first + i) % all.size()];
    if (next.usable && std::ranges::find(out, next.host) == out.end()) {
      out.push_back(next.host);
    }
  }
  return out;
}

}  // namespace c2c::routing
