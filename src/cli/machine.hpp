// What `click2calld --check` says of this machine: the certificate, the addresses, the files. Nothing is asked outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace c2c::cli {

enum class verdict : std::uint8_t { well, doubtful, wrong };

struct finding {
  std::string_view subject;  // "tls"
  verdict is;
  std::string text;
};

std::vector<finding> look_at_machine(const config::config& chosen);

}  // namespace c2c::cli
