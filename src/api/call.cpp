#include "api/call.hpp"

#include <utility>

#include "api/errors.hpp"
#include "api/messages.hpp"

namespace c2c::api {
namespace {

task<http::response> answer_call(call::placement* placement, http::request request) {
  auto message = parse_message(request.body);
  if (!message) {
    co_return to_response(message.error());
  }
  call::request order;
  order.aor = std::move(message->aor);
  order.nonce = std::move(message->nonce);
  order.response = std::move(message->response);
  order.destination = std::move(message->destination);
  order.iden = std::move(message->iden);
  order.max_duration_ms = message->max_duration_ms;
  order.dial_timeout_s = message->dial_timeout_s;
  order.optimize = message->optimize;
  order.progress = message->progress;
  order.client = request.client;
  order.began = request.began;
  const auto placed = co_await placement->place(std::move(order));
  if (!placed) {
    co_return to_response(placed.error());
  }
  http::response answer;
  answer.body = call_body(placed->iden, placed->ticket);
  co_return answer;
}

}  // namespace

http::handler make_call(call::placement& placement) {
  return [&placement](http::request request) { return answer_call(&placement, std::move(request)); };
}

}  // namespace c2c::api
