#include "directory/mysql_answer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/mysql/common_server_errc.hpp>
#include <boost/mysql/diagnostics.hpp>
#include <boost/mysql/error_categories.hpp>
#include <boost/mysql/field_view.hpp>
#include <boost/mysql/results.hpp>
#include <fmt/format.h>

namespace c2c::directory {

namespace mysql = boost::mysql;
using mysql::error_code;

bool is_of_server(const error_code& error) {
  return error.category() == mysql::get_common_server_category() ||
         error.category() == mysql::get_mysql_server_category() ||
         error.category() == mysql::get_mariadb_server_category();
}

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

namespace {

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

}  // namespace

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

bool sql_failure::is_missing() const noexcept {
  return server_error == 1054 || server_error == 1109 || server_error == 1142 || server_error == 1143 ||
         server_error == 1146;
}

bool sql_failure::is_crowding() const noexcept {
  return server_error == 1040 || server_error == 1203 || server_error == 1226;
}

}  // namespace c2c::directory
