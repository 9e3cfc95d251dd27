#include "terminals.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace c2c::bench {

std::vector<caller> read_terminals(const std::string& path) {
  std::ifstream file(path);
  std::vector<caller> out;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    caller one;
    std::string aor;
    std::getline(fields, aor, '\t');
    std::getline(fields, one.password, '\t');
    std::getline(fields, one.endpoint, '\t');
    std::getline(fields, one.extension, '\t');
    fields >> one.company >> one.brand;
    const auto at = aor.rfind('@');
    if (!fields || at == std::string::npos) {
      throw std::runtime_error(path + " holds a line that is no terminal: " + line);
    }
    one.user = aor.substr(0, at);
    one.realm = aor.substr(at + 1);
    out.push_back(std::move(one));
  }
  if (out.empty()) {
    throw std::runtime_error(path + " holds no terminal, or cannot be read");
  }
  return out;
}

}  // namespace c2c::bench
