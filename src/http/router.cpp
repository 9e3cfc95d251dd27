#include "http/router.hpp"

#include <exception>

#include "ops/log.hpp"

namespace c2c::http {

task<response> router::answer(request what) const {
  const endpoint* found = nullptr;
  for (const endpoint& each : endpoints_) {
    if (each.path == what.path) {
      found = &each;
      if (each.method == what.method) {
        break;
      }
    }
  }
  if (found == nullptr) {
    co_return error_response(404, "not found");
  }
  if (what.method == verb::options) {
    response answer;
    answer.status = 204;
    answer.allow = found->allow;
    co_return answer;
  }
  if (found->method != what.method) {
    response answer = error_response(405, "method not allowed");
    answer.allow = found->allow;
    co_return answer;
  }
  try {
    co_return co_await found->handle(what);
  } catch (const std::exception& e) {
    ops::log_error("a handler failed: {}", e.what());
  }
  co_return error_response(500, "internal error");
}

}  // namespace c2c::http
