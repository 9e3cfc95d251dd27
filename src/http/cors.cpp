#include "http/cors.hpp"

#include <algorithm>

namespace c2c::http {
namespace {

constexpr std::string_view any_origin =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: POST, OPTIONS\r\n"
    "Access-Control-Allow-Headers: Content-Type\r\n";

// Two hours is the longest that Chromium keeps a preflight's answer.
constexpr std::string_view max_age = "Access-Control-Max-Age: 7200\r\n";

}  // namespace

cors::cors(std::vector<std::string> allowed_origins)
    : allowed_(std::move(allowed_origins)), any_(std::ranges::find(allowed_, "*") != allowed_.end()) {}

std::string_view cors::headers(std::string_view origin, bool preflight, bool private_network,
                               std::string& scratch) const {
  if (any_ && !preflight) {
    return any_origin;
  }
  scratch.clear();
  if (any_) {
    scratch += any_origin;
  } else {
    // A cache must not give one origin's answer to another, not even the answer without permission.
    scratch += "Vary: Origin\r\n";
    if (origin.empty() || std::ranges::find(allowed_, origin) == allowed_.end()) {
      return scratch;
    }
    scratch.append("Access-Control-Allow-Origin: ").append(origin).append("\r\n");
    scratch += any_origin.substr(any_origin.find("Access-Control-Allow-Methods"));
  }
  if (preflight) {
    scratch += max_age;
    if (private_network) {
      scratch += "Access-Control-Allow-Private-Network: true\r\n";
    }
  }
  return scratch;
}

}  // namespace c2c::http
