// A mistake in the configuration.
#pragma once

#include <string>
#include <vector>

namespace c2c::config {

struct problem {
  unsigned line = 0;  // from 1; 0 where no line is at fault
  std::string text;   // a sentence for the operator; never holds a secret
};

using problems = std::vector<problem>;

}  // namespace c2c::config
