#include "client/nearest.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"

namespace c2c::client {

namespace {

constexpr std::size_t longest = 40;

// The optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const std::size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + wrong});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string> all) {
  std::string out;
  if (typed.size() > longest) {
    return out;
  }
  const std::string word = ascii::to_lower(typed);
  std::size_t best = typed.size() / 3 + 1;
  for (const std::string& each : all) {
    if (const std::size_t far = distance(word, ascii::to_lower(each)); far < best) {
      best = far;
      out = each;
    }
  }
  return out;
}

}  // namespace c2c::client
