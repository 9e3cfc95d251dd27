// Connections to MariaDB or MySQL that repair themselves, and read-only queries with a deadline on them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "base/secret.hpp"
#include "directory/mysql_crowd.hpp"
#include "directory/query.hpp"
#include "net/asio.hpp"
#include "net/resolver.hpp"

namespace c2c::directory {

struct mysql_options {
  std::string host;  // with `port`; empty where `socket` is set
  std::uint16_t port = 3306;
  std::string socket;  // the path of a UNIX socket
  std::string database;
  std::string user;  // mysql_native_password or caching_sha2_password
  secret password;
  bool tls = false;  // TLS 1.2 or later, the certificate checked against the system's authorities and `host`
  std::size_t first_connections = 2;
  std::size_t most_connections = 8;
  std::size_t most_queries = 256;            // running or waiting for a connection; one more is overloaded
  std::chrono::milliseconds deadline{2000};  // for one select, its retries included
  std::shared_ptr<mysql_crowd> crowd = std::make_shared<mysql_crowd>();  // of all pools with that account
};

struct sql_failure {
  errc code;                       // overloaded, unavailable, timed_out, rejected (the server's own error)
  std::uint16_t server_error = 0;  // its number, 1146 for a missing table; 0 where it is not the server's
  std::string detail;              // for the log; holds neither parameters nor the password

  // Whether the table or column does not exist or may not be read: errors 1054, 1109, 1142, 1143, 1146.
  bool is_missing() const noexcept;
  // Whether the server or the account has as many connections as it may: errors 1040, 1203, 1226.
  bool is_crowding() const noexcept;
};

// One for each worker, on that worker's thread only. Queries that are under way when it is destroyed end as
// unavailable.
class mysql_pool {
 public:
  // Starts connecting; nothing is waited for. Throws std::system_error where the system has no thread left. `io` and
  // `names` outlive the pool.
  mysql_pool(asio::io_context& io, mysql_options options, net::resolver& names = net::resolver::system());
  mysql_pool(const mysql_pool&) = delete;
  mysql_pool& operator=(const mysql_pool&) = delete;
  ~mysql_pool();

  // Runs a SELECT whose {0} and {1} are the parameters, quoted by the client library; `format` lives until the end. A
  // connection that turns out to be stale is replaced and the query asked again, within the deadline, or by `by`: it
  // only reads. While the database is known to be down, the answer comes within 600 ms. A connection is used for 45
  // seconds, so that a name that moves is followed; every address of the name is tried.
  task<std::expected<sql_rows, sql_failure>> select(std::string_view format, std::string first, std::string second = {},
                                                    steady_time by = steady_time::max());

  // Logs in once on a connection of its own: the server's own answer, where select only knows that no connection came.
  task<std::expected<void, sql_failure>> log_in();

  const mysql_options& options() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace c2c::directory
