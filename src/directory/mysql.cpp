#include "directory/mysql.hpp"

#include <utility>

#include <fmt/format.h>

#include "directory/mysql_routing.hpp"
#include "directory/names.hpp"

namespace c2c::directory {
namespace {

class mysql_directory final : public directory {
 public:
  mysql_directory(std::shared_ptr<mysql_pool> pool, std::string query)
      : pool_(std::move(pool)), query_(query.empty() ? std::string(ivozprovider_query) : std::move(query)) {}

  task<result<terminal>> find(std::string user, std::string realm, steady_time by) override {
    if (!can_exist(user, realm)) {
      co_return fail(errc::not_found, "no database can hold this name");
    }
    auto rows = co_await pool_->select(query_, user, realm, by);
    if (!rows) {
      const errc code = rows.error().code == errc::overloaded ? errc::overloaded : errc::backend_unavailable;
      co_return fail(code, std::move(rows.error().detail));
    }
    auto found = pick_terminal(std::move(*rows), user, realm);
    if (!found && found.error().code == errc::malformed) {
      co_return fail(errc::backend_unavailable, std::move(found.error().detail));
    }
    co_return found;
  }

 private:
  std::shared_ptr<mysql_pool> pool_;
  std::string query_;
};

std::string place_of(const mysql_options& options) {
  return options.socket.empty() ? fmt::format("{}:{}", options.host, options.port) : options.socket;
}

std::string advice_for_login(const sql_failure& why, const mysql_options& options) {
  constexpr int no_right_to_database = 1044;
  constexpr int access_denied = 1045;
  constexpr int unknown_database = 1049;
  constexpr int plugin_not_loaded = 1524;
  switch (why.server_error) {
    case access_denied:
      return fmt::format("check db.user and db.password, and that {} may come from this host", options.user);
    case no_right_to_database:
      return fmt::format("GRANT SELECT on the tables of {} to {}", options.database, options.user);
    case unknown_database: return "check db.name";
    case plugin_not_loaded: return fmt::format("let {} log in with mysql_native_password", options.user);
    case 0: break;
    default: return "ask the database's log";
  }
  if (why.detail.find("authentication plugin") != std::string::npos) {
    return fmt::format("let {} log in with mysql_native_password or caching_sha2_password", options.user);
  }
  return options.tls ? fmt::format("is the database running, reachable at {} and its certificate trusted here?",
                                   place_of(options))
                     : fmt::format("is the database running, and reachable at {}?", place_of(options));
}

std::string advice_for_query(const sql_failure& why, const mysql_options& options, bool own_query) {
  constexpr int table_denied = 1142;
  constexpr int column_denied = 1143;
  if (why.server_error == table_denied || why.server_error == column_denied) {
    return fmt::format("GRANT SELECT on that table to {}", options.user);
  }
  if (own_query) {
    return "db.query must give the columns name, domain, password, endpoint, extension, company_id and brand_id";
  }
  return why.is_missing() ? "these are not IvozProvider's tables: check db.name, or write a db.query of your own"
                          : "ask the database's log";
}

}  // namespace

std::unique_ptr<directory> make_mysql(std::shared_ptr<mysql_pool> pool, std::string query) {
  return std::make_unique<mysql_directory>(std::move(pool), std::move(query));
}

task<result<std::string>> check_mysql(std::shared_ptr<mysql_pool> pool, std::string query) {
  const mysql_options& options = pool->options();
  const auto logged_in = co_await pool->log_in();
  if (!logged_in) {
    co_return fail(errc::backend_unavailable,
                   fmt::format("cannot log in at {} as {}: {}; {}", place_of(options), options.user,
                               logged_in.error().detail, advice_for_login(logged_in.error(), options)));
  }
  const bool own_query = !query.empty();
  const std::string sql = own_query ? query : std::string(ivozprovider_query);
  const auto rows = co_await pool->select(sql, "nobody", "click2call.invalid");
  if (!rows) {
    co_return fail(errc::backend_unavailable,
                   fmt::format("logged in at {} as {}, but the terminals cannot be read: {}; {}", place_of(options),
                               options.user, rows.error().detail, advice_for_query(rows.error(), options, own_query)));
  }
  const std::string servers = co_await describe_mysql_source(pool);
  co_return fmt::format("logged in at {} as {}; the terminals can be read; {}", place_of(options), options.user,
                        servers);
}

}  // namespace c2c::directory
