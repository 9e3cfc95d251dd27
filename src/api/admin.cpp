#include "api/admin.hpp"

#include <utility>

#include "metrics/page.hpp"

namespace c2c::api {
namespace {

using sources = std::shared_ptr<const admin_sources>;

constexpr std::string_view methods = "GET, HEAD";

task<http::response> answer_health(sources from) {
  const bool alive = from->alive();
  http::response answer;
  answer.status = alive ? 200 : 503;
  answer.body = alive ? "{\"alive\":true}\n" : "{\"alive\":false}\n";
  answer.fields = http::no_store;
  co_return answer;
}

task<http::response> answer_ready(sources from) {
  const metrics::readiness state = co_await from->ready();
  http::response answer;
  answer.status = state.ready() ? 200 : 503;
  answer.body = metrics::to_json(state);
  answer.fields = http::no_store;
  co_return answer;
}

task<http::response> answer_metrics(sources from) {
  http::response answer;
  answer.body = co_await from->metrics();
  answer.content_type = metrics::content_type;
  answer.fields = http::no_store;
  co_return answer;
}

task<http::response> answer_stranger() {
  co_return http::error_response(403, "not a host of this listener, see server.admin_hosts");
}

}  // namespace

std::vector<http::endpoint> admin_endpoints(admin_sources given) {
  const auto from = std::make_shared<const admin_sources>(std::move(given));
  std::vector<http::endpoint> out;
  const auto add = [&](std::string_view path, task<http::response> (*how)(sources)) {
    for (const http::verb method : {http::verb::get, http::verb::head}) {
      out.push_back({path, method, methods, [from, how](const http::request& asked) {
                       return from->serves(asked.host) ? how(from) : answer_stranger();
                     }});
    }
  };
  add("/healthz", answer_health);
  add("/readyz", answer_ready);
  add("/metrics", answer_metrics);
  return out;
}

}  // namespace c2c::api
