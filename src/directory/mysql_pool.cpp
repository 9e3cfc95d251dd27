#include "directory/mysql_pool.hpp"

#include <utility>

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/mysql/any_connection.hpp>
#include <boost/mysql/common_server_errc.hpp>
#include <boost/mysql/connect_params.hpp>
#include <boost/mysql/connection_pool.hpp>
#include <boost/mysql/constant_string_view.hpp>
#include <boost/mysql/diagnostics.hpp>
#include <boost/mysql/error_categories.hpp>
#include <boost/mysql/field_view.hpp>
#include <boost/mysql/pool_params.hpp>
#include <boost/mysql/results.hpp>
#include <boost/mysql/with_params.hpp>
#include <fmt/format.h>

namespace c2c::directory {
namespace {

namespace mysql = boost::mysql;
using mysql::error_code;

constexpr std::chrono::milliseconds connect_timeout{2000};
constexpr std::chrono::milliseconds retry_interval{500};
constexpr std::chrono::milliseconds ping_interval{10'000};
constexpr std::chrono::milliseconds ping_timeout{2000};
// Long enough to meet one of the pool's attempts, so that the database's return is noticed.
constexpr std::chrono::milliseconds patience_while_down{600};

mysql::any_address address_of(const mysql_options& options) {
  mysql::any_address out;
  if (options.socket.empty()) {
    out.emplace_host_and_port(options.host, options.port);
  } else {
    out.emplace_unix_path(options.socket);
  }
  return out;
}

asio::ssl::context tls_for(const std::string& host) {
  asio::ssl::context out(asio::ssl::context::tls_client);
  out.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                  asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  out.set_default_verify_paths();
  out.set_verify_mode(asio::ssl::verify_peer);
  out.set_verify_callback(asio::ssl::host_name_verification(host));
  return out;
}

mysql::pool_params params_of(const mysql_options& options) {
  mysql::pool_params out;
  out.server_address = address_of(options);
  out.username = options.user;
  out.password = options.password.reveal();
  out.database = options.database;
  out.ssl = options.tls ? mysql::ssl_mode::require : mysql::ssl_mode::disable;
  if (options.tls) {
    out.ssl_ctx = tls_for(options.host);
  }
  out.multi_queries = false;
  out.initial_size = options.first_connections;
  out.max_size = options.most_connections;
  out.connect_timeout = connect_timeout;
  out.retry_interval = retry_interval;
  out.ping_interval = ping_interval;
  out.ping_timeout = ping_timeout;
  out.thread_safe = false;
  return out;
}

bool is_of_server(const error_code& error) {
  return error.category() == mysql::get_common_server_category() ||
         error.category() == mysql::get_mysql_server_category() ||
         error.category() == mysql::get_mariadb_server_category();
}

// What a server says as it goes away or throws a session out; the query was not run.
bool is_farewell(const error_code& error) {
  constexpr int server_shutdown = 1053;
  constexpr int normal_shutdown = 1077;
  constexpr int connection_killed = 1927;           // MariaDB
  constexpr int client_interaction_timeout = 4031;  // MySQL
  const int number = error.value();
  return is_of_server(error) && (number == server_shutdown || number == normal_shutdown ||
                                 number == connection_killed || number == client_interaction_timeout);
}

sql_failure describe(const error_code& error, const mysql::diagnostics& said) {
  const std::string_view server = said.server_message();
  const std::string_view client = said.client_message();
  const std::string_view more = server.empty() ? client : server;
  std::string detail = more.empty() ? error.message() : fmt::format("{}: {}", error.message(), more);
  if (is_of_server(error)) {
    return {
        .code = errc::rejected, .server_error = static_cast<std::uint16_t>(error.value()), .detail = std::move(detail)};
  }
  return {.code = errc::unavailable, .detail = std::move(detail)};
}

std::optional<std::string> to_text(mysql::field_view field) {
  switch (field.kind()) {
    case mysql::field_kind::int64: return std::to_string(field.get_int64());
    case mysql::field_kind::uint64: return std::to_string(field.get_uint64());
    case mysql::field_kind::string: return std::string(field.get_string());
    case mysql::field_kind::blob: {
      const auto bytes = field.get_blob();
      return std::string(bytes.begin(), bytes.end());
    }
    case mysql::field_kind::float_: return fmt::format("{}", field.get_float());
    case mysql::field_kind::double_: return fmt::format("{}", field.get_double());
    default: return std::nullopt;
  }
}

sql_rows to_rows(const mysql::results& results) {
  sql_rows out;
  out.reserve(results.rows().size());
  for (const auto row : results.rows()) {
    sql_row& texts = out.emplace_back();
    texts.reserve(row.size());
    for (const auto field : row) {
      texts.push_back(to_text(field));
    }
  }
  return out;
}

}  // namespace

bool sql_failure::is_missing() const noexcept {
  return server_error == 1054 || server_error == 1109 || server_error == 1142 || server_error == 1143 ||
         server_error == 1146;
}

// Shared with every query under way, so that one may end after the pool has gone.
struct mysql_pool::state {
  state(asio::io_context& io_, mysql_options options_)
      : io(&io_), options(std::move(options_)), pool(io_.get_executor(), params_of(options)) {}

  struct attempt {
    std::expected<sql_rows, sql_failure> outcome;
    bool may_repeat = false;  // the connection was at fault, not the query
  };

  task<attempt> ask_once(std::string_view format, std::string first, std::string second, steady_time until);
  task<std::expected<mysql::pooled_connection, sql_failure>> connection(steady_time until);

  asio::io_context* io;
  mysql_options options;
  mysql::connection_pool pool;
  std::size_t queries = 0;
  bool down = false;  // the last query found no connection in time
};

task<std::expected<mysql::pooled_connection, sql_failure>> mysql_pool::state::connection(steady_time until) {
  mysql::diagnostics said;
  const steady_time soon = steady_clock::now() + patience_while_down;
  const auto wait = (down && soon < until ? soon : until) - steady_clock::now();
  auto [error, connection] = co_await pool.async_get_connection(said, asio::cancel_after(wait, as_result));
  if (error) {
    down = true;
    sql_failure why = describe(error, said);
    why.code = errc::unavailable;
    why.server_error = 0;
    co_return std::unexpected(std::move(why));
  }
  down = false;
  co_return std::move(connection);
}

task<mysql_pool::state::attempt> mysql_pool::state::ask_once(std::string_view format, std::string first,
                                                             std::string second, steady_time until) {
  auto connection = co_await this->connection(until);
  if (!connection) {
    co_return attempt{.outcome = std::unexpected(std::move(connection.error()))};
  }
  mysql::diagnostics said;
  mysql::results results;
  auto query = mysql::with_params(mysql::runtime(format), std::move(first), std::move(second));
  const auto wait = until - steady_clock::now();
  auto [error] =
      co_await (*connection)->async_execute(std::move(query), results, said, asio::cancel_after(wait, as_result));
  // After an error the connection goes back by its destructor, which resets or replaces it.
  if (error == asio::error::operation_aborted) {
    sql_failure late{.code = errc::timed_out,
                     .detail = fmt::format("no answer within {} ms", options.deadline.count())};
    co_return attempt{.outcome = std::unexpected(std::move(late))};
  }
  if (error) {
    sql_failure why = describe(error, said);
    const bool stale = !is_of_server(error) && error.category() != mysql::get_client_category();
    co_return attempt{.outcome = std::unexpected(std::move(why)), .may_repeat = stale || is_farewell(error)};
  }
  connection->return_without_reset();  // a SELECT leaves nothing behind in its session
  co_return attempt{.outcome = to_rows(results)};
}

mysql_pool::mysql_pool(asio::io_context& io, mysql_options options)
    : state_(std::make_shared<state>(io, std::move(options))) {
  state_->pool.async_run(asio::detached);
}

mysql_pool::~mysql_pool() {
  state_->pool.cancel();
}

const mysql_options& mysql_pool::options() const noexcept {
  return state_->options;
}

task<std::expected<sql_rows, sql_failure>> mysql_pool::select(std::string_view format, std::string first,
                                                              std::string second) {
  const std::shared_ptr<state> held = state_;
  if (held->queries >= held->options.most_queries) {
    co_return std::unexpected(
        sql_failure{.code = errc::overloaded, .detail = fmt::format("{} queries are under way", held->queries)});
  }
  ++held->queries;
  struct leave {
    state* at;
    ~leave() { --at->queries; }
  } const leaving{held.get()};

  const steady_time until = steady_clock::now() + held->options.deadline;
  // After a restart of the database every idle connection is stale, and each is met once before a fresh one.
  for (std::size_t stale = 0;; ++stale) {
    state::attempt tried = co_await held->ask_once(format, first, second, until);
    if (tried.outcome || !tried.may_repeat || stale >= held->options.most_connections) {
      co_return std::move(tried.outcome);
    }
  }
}

task<std::expected<void, sql_failure>> mysql_pool::log_in() {
  const std::shared_ptr<state> held = state_;
  asio::ssl::context tls = tls_for(held->options.host);
  mysql::any_connection_params settings;
  settings.ssl_context = &tls;
  mysql::any_connection connection(held->io->get_executor(), settings);
  mysql::connect_params params;
  params.server_address = address_of(held->options);
  params.username = held->options.user;
  params.password = held->options.password.reveal();
  params.database = held->options.database;
  params.ssl = held->options.tls ? mysql::ssl_mode::require : mysql::ssl_mode::disable;
  mysql::diagnostics said;
  const auto wait = held->options.deadline;
  auto [error] = co_await connection.async_connect(params, said, asio::cancel_after(wait, as_result));
  if (error == asio::error::operation_aborted) {
    co_return std::unexpected(
        sql_failure{.code = errc::timed_out, .detail = fmt::format("no answer within {} ms", wait.count())});
  }
  if (error) {
    co_return std::unexpected(describe(error, said));
  }
  // How it ends is of no interest: the log-in worked.
  co_await connection.async_close(asio::cancel_after(wait, as_result));
  co_return std::expected<void, sql_failure>{};
}

}  // namespace c2c::directory
