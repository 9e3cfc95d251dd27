#include "http/router.hpp"

#include <exception>

#include "ops/log.hpp"

namespace c2c::http {

namespace {

bool serves(const endpoint& one, std::string_view path) noexcept {
  if (!one.path.ends_with('/')) {
    return one.path == path;
  }
  return path.starts_with(one.path) && path.size() > one.path.size() &&
         path.find('/', one.path.size()) == std::string_view::npos;
}

}  // namespace

task<response> router::answer(request what) const {
  const endpoint* found = nullptr;
  for (const endpoint& each : endpoints_) {
    if (serves(each, what.path)) {
      found = &each;
      if (each.method == what.method) {
        break;
      }
    }
  }
  // A preflight does nothing and tells nothing, and a page could not read its refusal.
  const auto wait = admit_ && what.method != verb::options ? admit_(what.client) : std::chrono::seconds(0);
  if (found == nullptr) {
    co_return wait.count() > 0 ? too_many_requests(wait) : error_response(404, "not found");
  }
  response answer;
  if (wait.count() > 0) {
    answer = too_many_requests(wait);
  } else if (what.method == verb::options) {
    answer.status = 204;
    answer.allow = found->allow;
  } else if (found->method != what.method) {
    answer = error_response(405, "method not allowed");
    answer.allow = found->allow;
  } else {
    if (found->path.ends_with('/')) {
      what.rest = what.path.substr(found->path.size());
    }
    try {
      answer = co_await found->handle(what);
    } catch (const std::exception& e) {
      ops::log_error("a handler failed: {}", e.what());
      answer = error_response(500, "internal error");
    }
  }
  answer.cors = {found->allow, found->request_headers};
  co_return answer;
}

}  // namespace c2c::http
