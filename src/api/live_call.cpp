#include "api/live_call.hpp"

#include <charconv>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "api/errors.hpp"
#include "api/feed.hpp"
#include "api/messages.hpp"
#include "base/ascii.hpp"
#include "http/event_stream.hpp"

namespace c2c::api {
namespace {

std::string_view ticket_of(const http::request& request) {
  static constexpr std::string_view scheme = "Bearer ";
  if (ascii::iequals(request.authorization.substr(0, scheme.size()), scheme)) {
    const auto begin = request.authorization.find_first_not_of(' ', scheme.size());
    return begin == std::string_view::npos ? std::string_view() : request.authorization.substr(begin);
  }
  static constexpr std::string_view name = "ticket=";
  for (std::string_view left = request.query; !left.empty();) {
    const std::string_view pair = left.substr(0, left.find('&'));
    if (pair.starts_with(name)) {
      return pair.substr(name.size());
    }
    left.remove_prefix(std::min(left.size(), pair.size() + 1));
  }
  return {};
}

result<std::string> owner_of(const http::request& request, auth::ticket_signer& tickets) {
  const auto now = wall_seconds();
  return tickets.verify(request.rest, ticket_of(request), now);
}

// Whether the reader asks for events, among whatever else it takes (RFC 9110 §12.5.1).
bool wants_events(std::string_view accept) {
  static constexpr std::string_view type = "text/event-stream";
  for (std::size_t i = 0; i + type.size() <= accept.size(); ++i) {
    if (ascii::iequals(accept.substr(i, type.size()), type)) {
      return true;
    }
  }
  return false;
}

// The number after which a reader that comes back wants to go on; 0 from the start.
std::size_t last_seen(std::string_view id) {
  std::size_t number = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
  return read.ec == std::errc() && read.ptr == id.data() + id.size() ? number : 0;
}

http::response snapshot_response(std::uint16_t status, std::string_view iden, const call::history& past) {
  http::response answer;
  answer.status = status;
  answer.body = snapshot_body(iden, call::at(past, past.size()));
  answer.fields = http::no_store;
  return answer;
}

task<http::response> stream(call::dialler* dial, std::string iden, std::string owner, std::size_t seen) {
  const auto on = co_await asio::this_coro::executor;
  auto told_to = std::make_shared<feed>(on, iden);
  // The stream lets the call forget its reader; it is made first, so that nothing can be left behind.
  auto events =
      std::make_shared<http::event_stream>([dial, iden, owner, told_to] { dial->unfollow(iden, owner, told_to); });
  const auto past = co_await dial->follow(iden, owner, told_to);
  if (!past) {
    co_return to_response(past.error());
  }
  http::response answer;
  if (call::complete(*past) && seen >= past->size()) {
    answer.status = 204;  // tells an EventSource not to come back
    answer.fields = http::no_store;
    co_return answer;
  }
  told_to->start(*past, seen, events);
  answer.stream = std::move(events);
  co_return answer;
}

task<http::response> answer_watch(call::dialler* dial, auth::ticket_signer* tickets, http::request request) {
  auto owner = owner_of(request, *tickets);
  if (!owner) {
    co_return to_response(owner.error());
  }
  std::string iden(request.rest);
  if (wants_events(request.accept)) {
    co_return co_await stream(dial, std::move(iden), std::move(*owner), last_seen(request.last_event_id));
  }
  const auto past = co_await dial->look(iden, std::move(*owner));
  co_return past ? snapshot_response(200, iden, *past) : to_response(past.error());
}

task<http::response> answer_hang_up(call::dialler* dial, auth::ticket_signer* tickets, http::request request) {
  auto owner = owner_of(request, *tickets);
  if (!owner) {
    co_return to_response(owner.error());
  }
  const std::string iden(request.rest);
  const auto past = co_await dial->cancel(iden, std::move(*owner));
  if (!past) {
    co_return to_response(past.error());
  }
  if (!call::complete(*past)) {
    co_return snapshot_response(202, iden, *past);
  }
  http::response over;
  over.status = 204;
  over.fields = http::no_store;
  co_return over;
}

}  // namespace

http::handler make_watch(call::dialler& dial, auth::ticket_signer& tickets) {
  return [&dial, &tickets](http::request request) { return answer_watch(&dial, &tickets, std::move(request)); };
}

http::handler make_hang_up(call::dialler& dial, auth::ticket_signer& tickets) {
  return [&dial, &tickets](http::request request) { return answer_hang_up(&dial, &tickets, std::move(request)); };
}

}  // namespace c2c::api
