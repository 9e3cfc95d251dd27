#include "http/cors.hpp"

#include <algorithm>

namespace c2c::http {
namespace {

// Two hours is the longest that Chromium keeps a preflight's answer.
constexpr std::string_view max_age = "Access-Control-Max-Age: 7200\r\n";

}  // namespace

cors::cors(std::vector<std::string> allowed_origins)
    : allowed_(std::move(allowed_origins)), any_(std::ranges::find(allowed_, "*") != allowed_.end()) {}

std::string_view cors::headers(std::string_view origin, const cors_grant& grant, bool preflight, bool private_network,
                               std::string& scratch) const {
  scratch.clear();
  if (any_) {
    scratch += "Access-Control-Allow-Origin: *\r\n";
  } else {
    // A cache must not give one origin's answer to another, not even the answer without permission.
    scratch += "Vary: Origin\r\n";
    if (origin.empty() || std::ranges::find(allowed_, origin) == allowed_.end()) {
      return scratch;
    }
    scratch.append("Access-Control-Allow-Origin: ").append(origin).append("\r\n");
  }
  scratch.append("Access-Control-Allow-Methods: ").append(grant.methods).append("\r\n");
  scratch.append("Access-Control-Allow-Headers: ").append(grant.request_headers).append("\r\n");
  if (preflight) {
    scratch += max_age;
    if (private_network) {
      scratch += "Access-Control-Allow-Private-Network: true\r\n";
    }
  }
  return scratch;
}

}  // namespace c2c::http
