#include "client/subscription.hpp"

#include <array>
#include <optional>
#include <utility>

#include <boost/beast/http.hpp>

#include "client/link.hpp"

namespace c2c::client {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using empty_request = http::request<http::empty_body>;

}  // namespace

struct subscription::state {
  answer got;
  std::string bytes;
  std::optional<trouble> wrong;
  bool answered = false;  // and not told yet
  bool over = false;
  bool woken = false;
  bool watching = false;  // for `wake`
  empty_request asked;
  std::chrono::milliseconds whole{};
  std::unique_ptr<link> on;                // its end ends the coroutine, which uses what stands above
  std::optional<watched_descriptor> wake;  // a duplicate, closed before its io_context goes

  void end(boost::system::error_code error) {
    if (error) {
      wrong = exchange_trouble(error);
    }
    over = true;
  }
};

namespace {

using parser_type = http::response_parser<http::buffer_body>;

// The body so far, in pieces; `keep` takes each. Ends with the body.
template <class Stream, class Keep>
task<boost::system::error_code> read_body(Stream* stream, beast::flat_buffer* buffer, parser_type* parser, Keep keep) {
  std::array<char, 4096> piece{};
  while (!parser->is_done()) {
    parser->get().body().data = piece.data();
    parser->get().body().size = piece.size();
    auto [error, count] = co_await http::async_read_some(*stream, *buffer, *parser, as_result);
    const std::size_t read = piece.size() - parser->get().body().size;
    if (!keep(std::string_view(piece.data(), read))) {
      co_return http::error::body_limit;
    }
    if (error && error != http::error::need_buffer) {
      co_return error;
    }
  }
  co_return boost::system::error_code{};
}

// Asks, and keeps in `all` what comes, until nothing more does.
template <class State, class Stream>
task<void> follow(State* all, Stream* stream) {
  beast::flat_buffer* buffer = &all->on->buffer;
  beast::get_lowest_layer(*stream).expires_after(all->whole);
  if (const auto [error, count] = co_await http::async_write(*stream, all->asked, as_result); error) {
    all->end(error);
    co_return;
  }
  std::optional<parser_type> parser;
  do {  // a proxy's interim answer, such as 103, comes before the one that counts
    parser.emplace();
    parser->header_limit(most_header_bytes);
    parser->body_limit(boost::none);
    if (const auto [error, count] = co_await http::async_read_header(*stream, *buffer, *parser, as_result); error) {
      all->end(error);
      co_return;
    }
  } while (parser->get().result_int() / 100 == 1);

  all->got.status = parser->get().result_int();
  all->got.retry_after = to_seconds(parser->get()[http::field::retry_after]);
  all->got.location = parser->get()[http::field::location];
  if (all->got.status == 200) {
    all->answered = true;
    beast::get_lowest_layer(*stream).expires_never();
    all->end(co_await read_body(stream, buffer, &*parser, [all](std::string_view piece) {
      all->bytes.append(piece);
      return true;
    }));
    co_return;
  }
  const auto error = co_await read_body(stream, buffer, &*parser, [all](std::string_view piece) {
    all->got.body.append(piece);
    return all->got.body.size() <= most_body_bytes;
  });
  all->answered = !error;
  all->end(error);
}

}  // namespace

subscription::subscription(std::unique_ptr<state> all) : all_(std::move(all)) {}
subscription::subscription(subscription&&) noexcept = default;
subscription& subscription::operator=(subscription&&) noexcept = default;
subscription::~subscription() = default;

std::expected<subscription, trouble> subscription::open(const url& where, const connection_options& options,
                                                        std::string_view endpoint, std::string_view ticket,
                                                        const std::string& last_id) {
  auto on = open_link(where, options);
  if (!on) {
    return std::unexpected(std::move(on.error()));
  }
  auto all = std::make_unique<state>();
  all->on = std::move(*on);
  all->whole = options.whole;
  all->asked = empty_request(http::verb::get, where.target(endpoint), 11);
  all->asked.set(http::field::host, where.authority());
  all->asked.set(http::field::user_agent, "click2call/" C2C_VERSION);
  all->asked.set(http::field::accept, "text/event-stream");
  all->asked.set(http::field::cache_control, "no-store");
  all->asked.set(http::field::authorization, "Bearer " + std::string(ticket));
  if (!last_id.empty()) {
    all->asked.set("Last-Event-ID", last_id);
  }
  link& to = *all->on;
  const auto done = [](const std::exception_ptr& error) {
    if (error) {
      std::rethrow_exception(error);
    }
  };
  to.tls ? asio::co_spawn(to.io, follow(all.get(), to.tls.get()), done)
         : asio::co_spawn(to.io, follow(all.get(), to.plain.get()), done);
  return subscription(std::move(all));
}

subscription::event subscription::wait(steady_time until, int wake) {
  state& all = *all_;
  if (wake >= 0 && !all.watching) {
    if (!all.wake) {
      all.wake.emplace(all.on->io, ::dup(wake));
    }
    all.watching = true;
    all.wake->async_wait(watched_descriptor::wait_read, [&all](boost::system::error_code error) {
      all.watching = false;
      all.woken = !error;
    });
  }
  for (;;) {
    if (std::exchange(all.answered, false)) {
      return event::answered;
    }
    if (!all.bytes.empty()) {
      return event::bytes;
    }
    if (std::exchange(all.woken, false) && wake >= 0) {
      return event::woken;
    }
    if (all.over) {
      return event::over;
    }
    if (steady_clock::now() >= until) {
      return event::nothing;
    }
    all.on->io.restart();
    all.on->io.run_one_until(until);
  }
}

const answer& subscription::response() const noexcept {
  return all_->got;
}

std::string subscription::take() {
  return std::exchange(all_->bytes, {});
}

const trouble* subscription::why() const noexcept {
  return all_->wrong ? &*all_->wrong : nullptr;
}

}  // namespace c2c::client
