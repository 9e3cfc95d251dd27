#include "directory/query.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/ascii.hpp"
#include "directory/names.hpp"

namespace c2c::directory {
namespace {

constexpr std::size_t columns = 7;

constexpr std::string_view blanks = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() > word.size() && ascii::iequals(text.substr(0, word.size()), word) &&
         blanks.find(text[word.size()]) != std::string_view::npos;
}

bool is_quote(char c) {
  return c == '\'' || c == '"' || c == '`';
}

struct placeholder {
  std::string_view written;
  std::string_view meant;
};

constexpr placeholder user_place{.written = "{user}", .meant = "{0}"};
constexpr placeholder domain_place{.written = "{domain}", .meant = "{1}"};

// The query in the client library's spelling: its braces doubled, the placeholders numbered. Nothing where one is
// quoted.
std::optional<std::string> translate(std::string_view sql) {
  std::string out;
  for (std::size_t at = 0; at < sql.size();) {
    const std::string_view rest = sql.substr(at);
    bool found = false;
    for (const placeholder& place : {user_place, domain_place}) {
      if (!rest.starts_with(place.written)) {
        continue;
      }
      const std::size_t end = at + place.written.size();
      if ((at > 0 && is_quote(sql[at - 1])) || (end < sql.size() && is_quote(sql[end]))) {
        return std::nullopt;
      }
      out += place.meant;
      at = end;
      found = true;
      break;
    }
    if (!found) {
      out.append(sql[at] == '{' || sql[at] == '}' ? 2 : 1, sql[at]);
      ++at;
    }
  }
  return out;
}

std::optional<std::uint64_t> to_id(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

const std::string_view ivozprovider_query =
    "SELECT t.name, d.domain, t.password, p.sorcery_id, x.number, c.id, c.brandId"
    " FROM Terminals AS t"
    " JOIN Domains AS d ON d.id = t.domainId"
    " JOIN Companies AS c ON c.id = t.companyId"
    " JOIN ast_ps_endpoints AS p ON p.terminalId = t.id"
    " JOIN Users AS u ON u.terminalId = t.id"
    " JOIN Extensions AS x ON x.id = u.extensionId"
    " WHERE t.name = {0} AND d.domain = {1} LIMIT 2";

result<std::string> compile_query(std::string_view sql) {
  sql = trim(sql);
  if (sql.ends_with(';')) {
    sql = trim(sql.substr(0, sql.size() - 1));
  }
  if (!starts_with_word(sql, "SELECT") && !starts_with_word(sql, "WITH")) {
    return fail(errc::malformed, "must be a SELECT");
  }
  if (sql.find(';') != std::string_view::npos) {
    return fail(errc::malformed, "must be one statement, without a semicolon");
  }
  for (const placeholder& place : {user_place, domain_place}) {
    if (sql.find(place.written) == std::string_view::npos) {
      return fail(errc::malformed,
                  "must hold {user} and {domain}, as in \"SELECT … WHERE name = {user} AND domain = {domain}\"");
    }
  }
  const auto inner = translate(sql);
  if (!inner) {
    return fail(errc::malformed, "must hold {user} and {domain} without quotes around them: they are quoted for you");
  }
  // The newline ends a comment that the query may close with.
  return "SELECT name, domain, password, endpoint, extension, company_id, brand_id FROM (" + *inner +
         "\n) AS c2c_terminal LIMIT 2";
}

result<terminal> pick_terminal(sql_rows rows, std::string_view user, std::string_view realm) {
  if (rows.empty()) {
    return fail(errc::not_found, "no such terminal with a domain, an endpoint, a user and an extension");
  }
  if (rows.size() > 1) {
    return fail(errc::not_found, "more than one row for this terminal");
  }
  sql_row& row = rows.front();
  if (row.size() != columns) {
    return fail(errc::malformed, "the query does not give seven columns");
  }
  if (!row[0] || !row[1] || !is_same(*row[0], *row[1], user, realm)) {
    return fail(errc::not_found, "the database folds this name onto another's");
  }
  // A terminal without a password would let everybody answer its challenge.
  if (!row[2] || row[2]->empty() || !row[3] || row[3]->empty() || !row[4] || row[4]->empty()) {
    return fail(errc::not_found, "the terminal lacks a password, an endpoint or an extension");
  }
  const auto company = to_id(row[5].value_or(""));
  const auto brand = to_id(row[6].value_or(""));
  if (!company || !brand) {
    return fail(errc::malformed, "the company's or the brand's id is no number");
  }
  return terminal{.name = std::move(*row[0]),
                  .domain = std::move(*row[1]),
                  .password = secret::take(std::move(*row[2])),
                  .endpoint = std::move(*row[3]),
                  .extension = std::move(*row[4]),
                  .company_id = *company,
                  .brand_id = *brand};
}

}  // namespace c2c::directory
