// Cross-origin answers (WHATWG Fetch, "CORS protocol"; WICG Private Network Access).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/response.hpp"

namespace c2c::http {

// Immutable once made: any thread may ask.
class cors {
 public:
  // Origins as a browser sends them ("https://pbx.example.com", "moz-extension://…"); "*" allows any.
  explicit cors(std::vector<std::string> allowed_origins);

  // Header lines for a request of that origin (may be empty); valid until the next call with the same `scratch`.
  std::string_view headers(std::string_view origin, const cors_grant& grant, bool preflight, bool private_network,
                           std::string& scratch) const;

 private:
  std::vector<std::string> allowed_;
  bool any_ = false;
};

}  // namespace c2c::http
