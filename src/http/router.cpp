#include "http/router.hpp"

#include <exception>

#include "log/log.hpp"

namespace c2c::http {

namespace {

bool serves(const endpoint& row, std::string_view path) noexcept {
  if (!row.path.ends_with('/')) {
    return row.path == path;
  }
  return path.starts_with(row.path) && path.size() > row.path.size() &&
         path.find('/', row.path.size()) == std::string_view::npos;
}

metrics::endpoint kind_of(const endpoint* found, verb method) noexcept {
  if (found == nullptr) {
    return metrics::endpoint::other;
  }
  if (method == verb::options) {
    return metrics::endpoint::preflight;
  }
  return found->method == method ? found->as : metrics::endpoint::other;
}

}  // namespace

const endpoint* router::find(const request& asked) const noexcept {
  const endpoint* found = nullptr;
  for (const endpoint& row : endpoints_) {
    if (serves(row, asked.path)) {
      found = &row;
      if (row.method == asked.method) {
        break;
      }
    }
  }
  return found;
}

task<response> router::answer(request asked) const {
  const steady_time began = steady_clock::now();
  const endpoint* const found = find(asked);
  // A preflight does nothing and tells nothing, and a page could not read its refusal.
  const auto wait = admit_ && asked.method != verb::options ? admit_(asked.client) : std::chrono::seconds(0);
  response answer;
  if (wait.count() > 0) {
    answer = too_many_requests(wait);
  } else if (found == nullptr) {
    answer = error_response(404, "not found");
  } else if (asked.method == verb::options) {
    answer.status = 204;
    answer.allow = found->allow;
  } else if (found->method != asked.method) {
    answer = error_response(405, "method not allowed");
    answer.allow = found->allow;
  } else {
    if (found->path.ends_with('/')) {
      asked.rest = asked.path.substr(found->path.size());
    }
    try {
      answer = co_await found->handle(asked);
    } catch (const std::exception& e) {
      log::error("a handler failed: {}", e.what());
      answer = error_response(500, "internal error");
    }
  }
  if (found != nullptr) {
    answer.cors = {found->allow, found->request_headers};
  }
  if (figures_ != nullptr) {
    figures_->note(kind_of(found, asked.method), answer.status, steady_clock::now() - began);
  }
  co_return answer;
}

}  // namespace c2c::http
