// Cross-origin answers (WHATWG Fetch, "CORS protocol"; WICG Private Network Access).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

namespace c2c::http {

// Immutable once made: any thread may ask.
class cors {
 public:
  // Origins as a browser sends them ("https://pbx.example.com", "moz-extension://…"); "https://*.example.com" allows
  // those of all names below, "*" any.
  explicit cors(std::vector<std::string> allowed_origins);

  // Whether a page of that origin is to be refused, whatever it asks: it could not read the answer, but what it sends
  // would count against those who share its address. Extensions are none of a page: their pages' origins differ from
  // one installation to the next, and what they may reach is the user's to say.
  bool refuses(std::string_view origin) const noexcept;

  // Header lines for a request (its origin may be empty); valid until the next call with the same `scratch`.
  std::string_view headers(const request& asked, const cors_grant& grant, std::string& scratch) const;

 private:
  bool names(std::string_view origin) const noexcept;

  std::vector<std::string> allowed_;
  bool any_ = false;
};

}  // namespace c2c::http
