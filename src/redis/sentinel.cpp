#include "redis/sentinel.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace c2c::redis {
namespace {

std::unexpected<failure> no(std::string why) {
  return fail(errc::unavailable, std::move(why));
}

task<std::string> converse(connection* over, session* with) {
  with->connected();
  while (!with->to_write().empty()) {
    const std::string_view bytes = with->to_write();
    const auto from = asio::buffer(bytes.data(), bytes.size());
    const auto [ec, taken] = over->tls ? co_await over->tls->async_write_some(from, as_result)
                                       : co_await over->socket.async_write_some(from, as_result);
    if (ec) {
      co_return ascii::to_lower(ec.message());
    }
    with->wrote(taken);
  }
  const auto [ec, bytes] = co_await over->read();
  if (ec) {
    co_return ascii::to_lower(ec.message());
  }
  with->received(std::span(over->in).first(bytes));
  co_return with->fault().value_or("");
}

}  // namespace

result<net::endpoint> master_of(const result<answer>& told) {
  if (!told) {
    return no(told.error().detail);
  }
  if (told->what == answer::kind::nothing) {
    return no("it knows no master of that name");
  }
  if (told->what == answer::kind::error) {
    return no("it says: " + utf8::printable(told->text, most_quoted));
  }
  if (told->what != answer::kind::list || told->items.size() != 2) {
    return no("its answer is no address");
  }
  const std::string& host = told->items[0];
  const std::string& port = told->items[1];
  net::endpoint out{.host = host, .port = 0};
  const auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
  const bool whole = read.ec == std::errc() && read.ptr == port.data() + port.size() && out.port > 0;
  if (!whole || !net::is_host(host)) {
    return no("its answer is no address");
  }
  return out;
}

task<result<net::endpoint>> ask_sentinel(std::shared_ptr<connection> over, net::endpoint sentinel, std::string master,
                                         std::shared_ptr<asio::ssl::context> tls, std::chrono::milliseconds patience) {
  const steady_time deadline = steady_clock::now() + patience;
  timer end(over->context.get_executor(), deadline);
  end.async_wait([weak = std::weak_ptr(over)](const boost::system::error_code& ec) {
    const auto late = weak.lock();
    if (!ec && late) {
      late->close();
    }
  });
  std::string why = co_await connection::to_host(over, sentinel.host, sentinel.port, std::move(tls));
  if (!why.empty()) {
    co_return no(steady_clock::now() >= deadline ? "no answer in time" : why);
  }
  session asking(limits{}, steady_clock::now());
  std::optional<result<answer>> told;
  asking.submit({"SENTINEL", "get-master-addr-by-name", master}, deadline,
                [&told](result<answer> got) { told = std::move(got); });
  while (!told && why.empty()) {
    why = co_await converse(over.get(), &asking);
  }
  over->close();
  if (!told) {
    co_return no(steady_clock::now() >= deadline ? "no answer in time" : why);
  }
  co_return master_of(*told);
}

}  // namespace c2c::redis
