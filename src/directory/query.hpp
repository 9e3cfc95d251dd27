// The query behind a terminal, and what its rows mean. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "directory/directory.hpp"

namespace c2c::directory {

// Rows as text, whatever the columns' types; nothing where a column is NULL.
using sql_row = std::vector<std::optional<std::string>>;
using sql_rows = std::vector<sql_row>;

// A query for mysql_pool: {0} is the user, {1} the domain; seven columns in the order of `terminal`, at most two rows.
// Through Terminals.domainId both look-ups are on unique keys, at most one row (IvozProvider: schema, Terminals and
// Domains).
extern const std::string_view ivozprovider_query;

// An operator's own query as mysql_pool takes it. It holds {user} and {domain}, unquoted, each at least once, and gives
// the columns name, domain, password, endpoint, extension, company_id and brand_id in any order; it is wrapped, so that
// the columns are found by name and a query without a limit cannot flood us. The failure's detail is the rest of a
// sentence that begins with "db.query"; its code means nothing.
result<std::string> compile_query(std::string_view sql);

// The one row that is the terminal `user`@`realm`. Errors: not_found (no row, more than one, another's row, or one that
// lacks a password, an endpoint or an extension), malformed (ids that are no numbers, or not seven columns).
result<terminal> pick_terminal(sql_rows rows, std::string_view user, std::string_view realm);

}  // namespace c2c::directory
