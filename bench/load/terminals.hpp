// Who calls: a file with a terminal on each line, `aor password endpoint extension company brand`, between tabs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace c2c::bench {

struct caller {
  std::string user;
  std::string realm;
  std::string password;
  std::string endpoint;
  std::string extension;
  std::uint64_t company = 0;
  std::uint64_t brand = 0;

  std::string aor() const { return user + '@' + realm; }
};

// Throws std::runtime_error for a file that cannot be read or holds no terminal.
std::vector<caller> read_terminals(const std::string& path);

}  // namespace c2c::bench
