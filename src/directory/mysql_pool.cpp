#include "directory/mysql_pool.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/mysql/any_address.hpp>
#include <boost/mysql/any_connection.hpp>
#include <boost/mysql/connect_params.hpp>
#include <boost/mysql/constant_string_view.hpp>
#include <boost/mysql/diagnostics.hpp>
#include <boost/mysql/error_categories.hpp>
#include <boost/mysql/results.hpp>
#include <boost/mysql/with_params.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include "directory/mysql_answer.hpp"
#include "net/client_tls.hpp"
#include "net/connection.hpp"
#include "net/gate.hpp"
#include "net/spawn.hpp"

namespace c2c::directory {
namespace {

namespace mysql = boost::mysql;
using mysql::error_code;
using net::addresses;

// While the database is down nobody waits for one of its addresses longer than that.
constexpr std::chrono::milliseconds patience_while_down{600};
constexpr std::chrono::seconds closing_time{1};
// A connection is replaced after so long: the database's name may have moved, and what a burst needed is given back.
constexpr std::chrono::seconds longest_use{45};
constexpr std::chrono::seconds look_after_interval{10};
// Where the server takes no more connections: another query is soon through with its own.
constexpr std::chrono::milliseconds crowd_pause{20};

struct connection {
  connection(const executor& ex, asio::ssl::context* tls) : raw(ex, {.ssl_context = tls}) {}

  // The completion token of what ends by `until` at the latest, or when the pool goes.
  auto ends_by(steady_time until) {
    return asio::cancel_at(until, asio::bind_cancellation_slot(end.slot(), as_result));
  }
  bool worn(steady_time now) const { return now - made >= longest_use; }

  mysql::any_connection raw;
  asio::cancellation_signal end;
  steady_time made = steady_clock::now();
};
using handle = std::shared_ptr<connection>;

std::shared_ptr<asio::ssl::context> tls_for(const std::string& host) {
  auto made = net::make_client_tls("");
  if (!made || !net::demand_host(SSL_CTX_get0_param((*made)->native_handle()), host)) {
    throw std::runtime_error("TLS to the database: " + (made ? "no such host as " + host : made.error().detail));
  }
  return std::move(*made);
}

// Starts the thread on which Asio resolves for this loop, or throws std::system_error. Boost.MySQL asks that resolver
// for addresses as well, and its clean-up crashes where the system has no thread for it then, as it asks a handler for
// its allocator that was moved from (Boost 1.88, asio/detail/resolve_query_op.hpp).
void start_asio_resolver(asio::io_context& context) {
  tcp_resolver resolver(context.get_executor());
  const auto without_asking = tcp_resolver::numeric_host | tcp_resolver::numeric_service;
  resolver.async_resolve("127.0.0.1", "0", without_asking,
                         [](boost::system::error_code, const tcp_resolver::results_type&) {});
}

// Says good-bye, so that the server's log speaks of no aborted connection.
task<void> part(handle from) {
  co_await from->raw.async_close(from->ends_by(steady_clock::now() + closing_time));
}

}  // namespace

// Shared with every query under way, so that one may end after the pool has gone.
struct mysql_pool::state {
  state(asio::io_context& io, mysql_options options_, net::resolver& names_)
      : ex(io.get_executor()),
        options(std::move(options_)),
        names(names_),
        places(std::make_shared<net::gate>(ex, most_at_once(options), options.most_queries - most_at_once(options))),
        look_after_timer(ex) {
    if (options.tls) {
      tls = tls_for(options.host);
    }
  }

  struct attempt {
    std::expected<sql_rows, sql_failure> outcome;
    bool may_repeat = false;  // the connection was at fault, not the query
  };

  static std::size_t most_at_once(const mysql_options& chosen) {
    return std::min(chosen.most_connections, chosen.most_queries);
  }
  static task<attempt> ask_once(std::shared_ptr<state> self, std::string_view format, std::string first,
                                std::string second, steady_time until);
  static task<std::expected<handle, sql_failure>> connect(std::shared_ptr<state> self, steady_time until);
  static task<std::expected<handle, sql_failure>> log_in(std::shared_ptr<state> self, mysql::any_address at,
                                                         steady_time until);
  static task<void> look_after(std::shared_ptr<state> self);

  static task<std::expected<handle, sql_failure>> connect_in_crowd(std::shared_ptr<state> self, steady_time until);

  handle take_idle();
  void give_back(handle used);
  void let_idle_go();
  void close();

  executor ex;
  mysql_options options;
  net::resolver& names;
  std::shared_ptr<asio::ssl::context> tls;  // null: none
  std::shared_ptr<net::gate> places;        // as many queries run at once as there may be connections
  std::vector<handle> idle;                 // the last used at the end
  std::set<handle> busy;                    // connecting, or with a query on them
  timer look_after_timer;
  std::optional<asio::ip::address> good;  // which of the name's addresses took the last log-in
  bool down = false;                      // the last attempt brought no connection
  bool closed = false;
};

handle mysql_pool::state::take_idle() {
  const steady_time now = steady_clock::now();
  while (!idle.empty()) {
    handle out = std::move(idle.back());
    idle.pop_back();
    if (!out->worn(now)) {
      return out;
    }
    net::spawn(ex, "closing a connection to the database", part(std::move(out)));
  }
  return nullptr;
}

void mysql_pool::state::give_back(handle used) {
  if (closed) {
    return;
  }
  idle.push_back(std::move(used));
  if (options.crowd->is_recent(steady_clock::now())) {
    let_idle_go();
  }
}

void mysql_pool::state::let_idle_go() {
  for (handle& held : std::exchange(idle, {})) {
    net::spawn(ex, "closing a connection to the database", part(std::move(held)));
  }
}

void mysql_pool::state::close() {
  closed = true;
  options.crowd->leave(this);
  idle.clear();
  look_after_timer.cancel();
  for (const handle& held : std::set(busy)) {
    held->end.emit(asio::cancellation_type::terminal);
  }
}

// Keeps a few connections ready, and lets go of those that are worn.
task<void> mysql_pool::state::look_after(std::shared_ptr<state> self) {
  while (!self->closed) {
    const auto worn = [now = steady_clock::now()](const handle& held) { return held->worn(now); };
    std::vector<handle> leaving;
    std::ranges::copy_if(self->idle, std::back_inserter(leaving), worn);
    std::erase_if(self->idle, worn);
    for (handle& held : leaving) {
      net::spawn(self->ex, "closing a connection to the database", part(std::move(held)));
    }
    while (!self->closed && self->idle.size() + self->busy.size() < self->options.first_connections &&
           !self->options.crowd->is_recent(steady_clock::now())) {
      auto fresh = co_await connect(self, steady_clock::now() + self->options.deadline);
      if (!fresh) {
        break;  // whoever needs one waits for it
      }
      self->give_back(std::move(*fresh));
    }
    if (!self->closed) {
      self->look_after_timer.expires_after(look_after_interval);
      co_await self->look_after_timer.async_wait(as_result);
    }
  }
}

// A connection of this pool's that has become idle, or a new one as soon as the server takes it.
task<std::expected<handle, sql_failure>> mysql_pool::state::connect_in_crowd(std::shared_ptr<state> self,
                                                                             steady_time until) {
  for (;;) {
    auto fresh = co_await connect(self, until);
    if (fresh || !fresh.error().is_crowding() || self->closed || steady_clock::now() + crowd_pause >= until) {
      co_return fresh;
    }
    self->options.crowd->note(steady_clock::now());
    timer pause(self->ex, steady_clock::now() + crowd_pause);
    co_await pause.async_wait(as_result);
    if (handle on = self->take_idle()) {
      co_return on;
    }
  }
}

// Tries the addresses of the name one after the other, the one first that was good last; each has its share of the
// time.
task<std::expected<handle, sql_failure>> mysql_pool::state::connect(std::shared_ptr<state> self, steady_time until) {
  if (self->down) {
    until = std::min(until, steady_clock::now() + patience_while_down);
  }
  if (!self->options.socket.empty()) {
    mysql::any_address there;
    there.emplace_unix_path(self->options.socket);
    co_return co_await log_in(self, std::move(there), until);
  }
  timer patience(self->ex, until);
  const auto found = co_await net::find_addresses(&self->names, self->options.host, &patience);
  if (!found) {
    self->down = true;
    co_return std::unexpected(sql_failure{.code = errc::unavailable, .detail = found.error().detail});
  }
  addresses order = net::in_turn(*found);
  if (const auto good = std::ranges::find(order, self->good); good != order.end()) {
    std::rotate(order.begin(), good, good + 1);
  }
  std::expected<handle, sql_failure> last = std::unexpected(sql_failure{.code = errc::unavailable});
  for (std::size_t i = 0; i < order.size() && !self->closed; ++i) {
    mysql::any_address there;
    there.emplace_host_and_port(order[i].to_string(), self->options.port);
    const steady_time now = steady_clock::now();
    last = co_await log_in(self, std::move(there), now + (until - now) / static_cast<int>(order.size() - i));
    if (last || last.error().server_error != 0) {
      self->good = order[i];
      co_return last;
    }
  }
  self->names.doubt(self->options.host);
  co_return last;
}

task<std::expected<handle, sql_failure>> mysql_pool::state::log_in(std::shared_ptr<state> self, mysql::any_address at,
                                                                   steady_time until) {
  const auto made = std::make_shared<connection>(self->ex, self->tls.get());
  mysql::connect_params params;
  params.server_address = std::move(at);
  params.username = self->options.user;
  params.password = self->options.password.reveal();
  params.database = self->options.database;
  params.ssl = self->options.tls ? mysql::ssl_mode::require : mysql::ssl_mode::disable;
  mysql::diagnostics said;
  self->busy.insert(made);
  const auto [error] = co_await made->raw.async_connect(params, said, made->ends_by(until));
  self->busy.erase(made);
  OPENSSL_cleanse(params.password.data(), params.password.size());
  self->down = error.failed() && !is_of_server(error);
  if (error == asio::error::operation_aborted) {
    co_return std::unexpected(sql_failure{.code = errc::timed_out, .detail = "no connection in time"});
  }
  if (error) {
    co_return std::unexpected(describe(error, said));
  }
  co_return made;
}

task<mysql_pool::state::attempt> mysql_pool::state::ask_once(std::shared_ptr<state> self, std::string_view format,
                                                             std::string first, std::string second, steady_time until) {
  handle on = self->take_idle();
  if (!on) {
    auto fresh = co_await connect_in_crowd(self, until);
    if (!fresh) {
      sql_failure why = std::move(fresh.error());
      why.code = errc::unavailable;
      why.server_error = 0;
      co_return attempt{.outcome = std::unexpected(std::move(why))};
    }
    on = std::move(*fresh);
  }
  mysql::diagnostics said;
  mysql::results results;
  auto query = mysql::with_params(mysql::runtime(format), std::move(first), std::move(second));
  self->busy.insert(on);
  const auto [error] = co_await on->raw.async_execute(std::move(query), results, said, on->ends_by(until));
  self->busy.erase(on);
  if (error == asio::error::operation_aborted) {
    sql_failure late{.code = self->closed ? errc::unavailable : errc::timed_out,
                     .detail = self->closed ? "the service lets go of it" : "no answer in time"};
    co_return attempt{.outcome = std::unexpected(std::move(late))};
  }
  if (error) {
    sql_failure why = describe(error, said);
    const bool stale = !is_of_server(error) && error.category() != mysql::get_client_category();
    const bool fault_of_connection = stale || is_farewell(error);
    if (fault_of_connection) {
      self->idle.clear();  // most likely the server has gone, and they with it
    } else {
      net::spawn(self->ex, "closing a connection to the database", part(std::move(on)));
    }
    co_return attempt{.outcome = std::unexpected(std::move(why)), .may_repeat = fault_of_connection};
  }
  self->give_back(std::move(on));  // a SELECT leaves nothing behind in its session
  co_return attempt{.outcome = to_rows(results)};
}

mysql_pool::mysql_pool(asio::io_context& io, mysql_options options, net::resolver& names)
    : state_(std::make_shared<state>(io, std::move(options), names)) {
  start_asio_resolver(io);
  state_->options.crowd->join(state_.get(), state_->ex, [weak = std::weak_ptr(state_)] {
    if (const auto held = weak.lock()) {
      held->let_idle_go();
    }
  });
  net::spawn(state_->ex, "looking after the database's connections", state::look_after(state_));
}

mysql_pool::~mysql_pool() {
  state_->close();
}

const mysql_options& mysql_pool::options() const noexcept {
  return state_->options;
}

task<std::expected<sql_rows, sql_failure>> mysql_pool::select(std::string_view format, std::string first,
                                                              std::string second, steady_time by) {
  const std::shared_ptr<state> held = state_;
  const steady_time until = std::min(steady_clock::now() + held->options.deadline, by);
  const auto place = co_await net::gate::enter(held->places, until);
  if (!place) {
    const bool full = place.error().code == errc::overloaded;
    co_return std::unexpected(
        full ? sql_failure{.code = errc::overloaded,
                           .detail = fmt::format("{} queries are under way", held->options.most_queries)}
             : sql_failure{.code = errc::unavailable, .detail = place.error().detail});
  }
  // Queries that run beside this one may meet the database's end as well, and each leaves a stale connection.
  for (std::size_t stale = 0;; ++stale) {
    if (held->closed) {
      co_return std::unexpected(sql_failure{.code = errc::unavailable, .detail = "the service lets go of it"});
    }
    state::attempt tried = co_await state::ask_once(held, format, first, second, until);
    if (tried.outcome || !tried.may_repeat || stale >= held->options.most_connections) {
      co_return std::move(tried.outcome);
    }
  }
}

task<std::expected<void, sql_failure>> mysql_pool::log_in() {
  const std::shared_ptr<state> held = state_;
  auto fresh = co_await state::connect(held, steady_clock::now() + held->options.deadline);
  if (!fresh) {
    co_return std::unexpected(std::move(fresh.error()));
  }
  held->give_back(std::move(*fresh));
  co_return std::expected<void, sql_failure>{};
}

}  // namespace c2c::directory
