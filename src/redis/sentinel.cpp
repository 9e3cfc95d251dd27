#include "redis/sentinel.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "base/utf8.hpp"

namespace c2c::redis {
namespace {

constexpr std::size_t read_bytes = 4'096;

std::unexpected<failure> no(std::string why) {
  return fail(errc::unavailable, std::move(why));
}

// Why it goes no further; empty where it does.
task<std::string> converse(net::connection* over, session* with) {
  with->connected();
  while (!with->to_write().empty()) {
    const std::string_view bytes = with->to_write();
    const auto [ec, taken] = co_await over->async_write_some(asio::buffer(bytes.data(), bytes.size()), as_result);
    if (ec) {
      co_return over->broken("asking", ec).error().detail;
    }
    with->wrote(taken);
  }
  std::array<char, read_bytes> in{};
  const auto [ec, bytes] = co_await over->async_read_some(asio::buffer(in), as_result);
  if (ec) {
    co_return over->broken("awaiting its answer", ec).error().detail;
  }
  with->received(std::span(in).first(bytes));
  co_return with->fault().value_or("");
}

}  // namespace

result<net::endpoint> master_of(const result<answer>& reply) {
  if (!reply) {
    return no(reply.error().detail);
  }
  if (reply->type == answer::kind::nothing) {
    return no("it knows no master of that name");
  }
  if (reply->type == answer::kind::error && reply->text.starts_with("NOAUTH")) {
    return no("it wants a log-in of its own: set claims.sentinel_password");
  }
  if (reply->type == answer::kind::error) {
    return no("it says: " + utf8::printable(reply->text, most_quoted));
  }
  if (reply->type != answer::kind::list || reply->items.size() != 2) {
    return no("its answer is no address");
  }
  const std::string& host = reply->items[0];
  const auto port = net::parse_port(reply->items[1]);
  if (port.value_or(0) == 0 || !net::is_host(host)) {
    return no("its answer is no address");
  }
  return net::endpoint{.host = host, .port = *port};
}

task<result<net::endpoint>> ask_sentinel(std::shared_ptr<net::connection> over, net::endpoint sentinel,
                                         std::string master, login with, std::shared_ptr<asio::ssl::context> tls,
                                         std::chrono::milliseconds patience) {
  const steady_time deadline = steady_clock::now() + patience;
  auto opened = co_await net::connection::open(over, std::move(sentinel), std::move(tls), deadline);
  if (!opened) {
    co_return std::unexpected(std::move(opened.error()));
  }
  session asking(limits{}, steady_clock::now());
  std::string refused;
  if (!with.password.empty()) {
    std::vector<std::string_view> words{"AUTH", with.password.reveal()};
    if (!with.user.empty()) {
      words.insert(words.begin() + 1, with.user);
    }
    asking.submit(words, deadline, [&refused](const result<answer>& got) {
      if (got && got->type == answer::kind::error) {
        refused = "log-in refused: " + utf8::printable(got->text, most_quoted);
      }
    });
  }
  std::optional<result<answer>> reply;
  asking.submit({"SENTINEL", "get-master-addr-by-name", master}, deadline,
                [&reply](result<answer> got) { reply = std::move(got); });
  std::string why;
  while (!reply && why.empty()) {
    why = co_await converse(over.get(), &asking);
  }
  over->close();
  if (!reply || !refused.empty()) {
    co_return no(refused.empty() ? why : refused);
  }
  co_return master_of(*reply);
}

}  // namespace c2c::redis
