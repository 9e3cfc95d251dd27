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

std::string_view ticket_of(const http::request& what) {
  static constexpr std::string_view scheme = "Bearer ";
  if (ascii::iequals(what.authorization.substr(0, scheme.size()), scheme)) {
    const auto begin = what.authorization.find_first_not_of(' ', scheme.size());
    return begin == std::string_view::npos ? std::string_view() : what.authorization.substr(begin);
  }
  static constexpr std::string_view name = "ticket=";
  for (std::string_view left = what.query; !left.empty();) {
    const std::string_view pair = left.substr(0, left.find('&'));
    if (pair.starts_with(name)) {
      return pair.substr(name.size());
    }
    left.remove_prefix(std::min(left.size(), pair.size() + 1));
  }
  return {};
}

result<std::string> owner_of(const http::request& what, auth::ticket_signer& tickets) {
  const auto now = wall_seconds();
  return tickets.verify(what.rest, ticket_of(what), now);
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

http::response snapshot_response(std::uint16_t status, std::string_view iden, const call::history& told) {
  http::response answer;
  answer.status = status;
  answer.body = snapshot_body(iden, call::at(told, told.size()));
  answer.fields = http::no_store;
  return answer;
}

task<http::response> stream(call::dialler* dial, std::string iden, std::string owner, std::size_t seen) {
  const auto on = co_await asio::this_coro::executor;
  auto told_to = std::make_shared<feed>(on, iden);
  // The stream lets the call forget its reader; it is made first, so that nothing can be left behind.
  auto events =
      std::make_shared<http::event_stream>([dial, iden, owner, told_to] { dial->unfollow(iden, owner, told_to); });
  const auto told = co_await dial->follow(iden, owner, told_to);
  if (!told) {
    co_return to_response(told.error());
  }
  http::response answer;
  if (call::complete(*told) && seen >= told->size()) {
    answer.status = 204;  // tells an EventSource not to come back
    answer.fields = http::no_store;
    co_return answer;
  }
  told_to->start(*told, seen, events);
  answer.stream = std::move(events);
  co_return answer;
}

task<http::response> answer_watch(call::dialler* dial, auth::ticket_signer* tickets, http::request what) {
  auto owner = owner_of(what, *tickets);
  if (!owner) {
    co_return to_response(owner.error());
  }
  std::string iden(what.rest);
  if (wants_events(what.accept)) {
    co_return co_await stream(dial, std::move(iden), std::move(*owner), last_seen(what.last_event_id));
  }
  const auto told = co_await dial->look(iden, std::move(*owner));
  co_return told ? snapshot_response(200, iden, *told) : to_response(told.error());
}

task<http::response> answer_hang_up(call::dialler* dial, auth::ticket_signer* tickets, http::request what) {
  auto owner = owner_of(what, *tickets);
  if (!owner) {
    co_return to_response(owner.error());
  }
  const std::string iden(what.rest);
  const auto told = co_await dial->cancel(iden, std::move(*owner));
  if (!told) {
    co_return to_response(told.error());
  }
  if (!call::complete(*told)) {
    co_return snapshot_response(202, iden, *told);
  }
  http::response over;
  over.status = 204;
  over.fields = http::no_store;
  co_return over;
}

}  // namespace

http::handler make_watch(call::dialler& dial, auth::ticket_signer& tickets) {
  return [&dial, &tickets](http::request what) { return answer_watch(&dial, &tickets, std::move(what)); };
}

http::handler make_hang_up(call::dialler& dial, auth::ticket_signer& tickets) {
  return [&dial, &tickets](http::request what) { return answer_hang_up(&dial, &tickets, std::move(what)); };
}

}  // namespace c2c::api
