#include "http/cors.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/ascii.hpp"

namespace c2c::http {
namespace {

// Two hours is the longest that Chromium keeps a preflight's answer.
constexpr std::string_view max_age = "Access-Control-Max-Age: 7200\r\n";

// Scripts that watch a page's requests add headers of their own to them, each its own: a page may send whichever its
// browser asks for, so many of them. Those that mean something here are named by the endpoint.
constexpr std::size_t most_requested = 1'024;

bool is_token(char c) noexcept {
  return ascii::is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool contains(std::string_view list, std::string_view name) noexcept {
  for (;;) {
    const auto comma = list.find(',');
    if (ascii::iequals(list.substr(0, comma), name)) {
      return true;
    }
    if (comma == std::string_view::npos) {
      return false;
    }
    list.remove_prefix(comma + 1);
    list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
  }
}

// Appends the names in `requested` that `granted` lacks.
void append_others(std::string_view requested, std::string_view granted, std::string& out) {
  requested = requested.substr(0, most_requested);
  while (!requested.empty()) {
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(requested, is_token) - requested.begin());
    if (const std::string_view name = requested.substr(0, length); !name.empty() && !contains(granted, name)) {
      out.append(", ").append(name);
    }
    requested.remove_prefix(std::min(length + 1, requested.size()));
  }
}

// "https://*.example.com" against "https://crm.example.com"; what stands for the star is not empty.
bool matches(std::string_view pattern, std::string_view origin) noexcept {
  const auto star = pattern.find("://*.");
  if (star == std::string_view::npos) {
    return pattern == origin;
  }
  const std::string_view scheme = pattern.substr(0, star + 3);
  const std::string_view parent = pattern.substr(star + 4);
  if (origin.size() <= scheme.size() + parent.size() || !origin.starts_with(scheme) || !origin.ends_with(parent)) {
    return false;
  }
  const std::string_view below = origin.substr(scheme.size(), origin.size() - scheme.size() - parent.size());
  return std::ranges::all_of(below, [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.'; });
}

bool is_extension(std::string_view origin) noexcept {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"chrome-extension://", "moz-extension://", "safari-web-extension://"},
      [origin](std::string_view scheme) { return origin.starts_with(scheme); });
}

}  // namespace

cors::cors(std::vector<std::string> allowed_origins)
    : allowed_(std::move(allowed_origins)), any_(std::ranges::find(allowed_, "*") != allowed_.end()) {}

bool cors::names(std::string_view origin) const noexcept {
  return !origin.empty() && std::ranges::any_of(allowed_, [origin](const std::string& allowed) {
    return allowed != "*" && matches(allowed, origin);
  });
}

bool cors::refuses(std::string_view origin) const noexcept {
  return !origin.empty() && !any_ && !is_extension(origin) && !names(origin);
}

std::string_view cors::headers(const request& asked, const cors_grant& grant, std::string& scratch) const {
  scratch.clear();
  const bool named = names(asked.origin);
  if (any_) {
    scratch += "Access-Control-Allow-Origin: *\r\n";
  } else {
    // A cache must not give one origin's answer to another, not even the answer without permission.
    scratch += "Vary: Origin\r\n";
    if (!named) {
      return scratch;
    }
    scratch.append("Access-Control-Allow-Origin: ").append(asked.origin).append("\r\n");
  }
  scratch.append("Access-Control-Allow-Methods: ").append(grant.methods).append("\r\n");
  scratch.append("Access-Control-Allow-Headers: ").append(grant.request_headers);
  if (asked.method != verb::options) {
    scratch += "\r\nAccess-Control-Expose-Headers: Retry-After\r\n";
    return scratch;
  }
  append_others(asked.requested_headers, grant.request_headers, scratch);
  scratch.append("\r\n").append(max_age);
  // With "*" any page would reach into the network that the service is in.
  if (asked.private_network && named) {
    scratch += "Access-Control-Allow-Private-Network: true\r\n";
  }
  return scratch;
}

}  // namespace c2c::http
