#include "directory/terminal_admin.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/ascii.hpp"
#include "directory/names.hpp"

namespace c2c::directory {
namespace {

constexpr std::size_t most_password_bytes = 256;
constexpr std::size_t most_endpoint_bytes = 80;
constexpr std::size_t most_extension_bytes = 32;

template <class Right>
bool consists(std::string_view text, std::size_t most_bytes, Right right) {
  return !text.empty() && text.size() <= most_bytes && std::ranges::all_of(text, right);
}

}  // namespace

std::optional<std::string> what_is_wrong(const terminal& entry) {
  const auto in_name = [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view(",@\"'<>\\").find(c) == std::string_view::npos;
  };
  const auto in_domain = [](char c) {
    return ascii::is_alnum(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos;
  };
  const auto in_endpoint = [](char c) { return ascii::is_alnum(c) || c == '_' || c == '.' || c == '-'; };
  const auto in_extension = [](char c) { return ascii::is_digit(c) || c == '+' || c == '*'; };
  if (!consists(entry.name, most_user_bytes, in_name)) {
    return "the name must be 1 to 100 letters, digits or signs, without spaces, commas, quotes or @";
  }
  if (!consists(entry.domain, most_realm_bytes, in_domain)) {
    return "the domain must be a host name or an address of 1 to 190 characters";
  }
  if (!consists(entry.endpoint, most_endpoint_bytes, in_endpoint)) {
    return "the endpoint must be 1 to 80 letters, digits, dots, dashes or underscores: the name in Asterisk's "
           "pjsip.conf";
  }
  if (!consists(entry.extension, most_extension_bytes, in_extension)) {
    return "the extension must be 1 to 32 digits, + or *";
  }
  if (!consists(entry.password.reveal(), most_password_bytes, [](char c) { return !ascii::is_control(c); })) {
    return "the password must be 1 to 256 bytes on one line";
  }
  if (entry.company_id > INT64_MAX || entry.brand_id > INT64_MAX) {
    return "the company and the brand must be numbers below 2^63";
  }
  return std::nullopt;
}

std::optional<address_of_record> split_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) {
    return std::nullopt;
  }
  return address_of_record{.name = std::string(text.substr(0, at)), .domain = std::string(text.substr(at + 1))};
}

result<terminal_admin> terminal_admin::open(const std::string& path, bool create) {
  auto file = sqlite_file::open(path, create ? sqlite_file::mode::create : sqlite_file::mode::change);
  if (!file) {
    return std::unexpected(std::move(file.error()));
  }
  return terminal_admin(std::move(*file));
}

result<bool> terminal_admin::add(const terminal& entry, bool replace) {
  if (auto wrong = what_is_wrong(entry)) {
    return fail(errc::malformed, std::move(*wrong));
  }
  auto insert = file_.prepare(replace ? "INSERT OR REPLACE INTO terminals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                                      : "INSERT OR IGNORE INTO terminals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!insert) {
    return std::unexpected(std::move(insert.error()));
  }
  insert->bind(1, entry.name);
  insert->bind(2, entry.domain);
  insert->bind(3, entry.password.reveal());
  insert->bind(4, entry.endpoint);
  insert->bind(5, entry.extension);
  insert->bind(6, entry.company_id);
  insert->bind(7, entry.brand_id);
  if (const auto done = insert->step(); !done) {
    return std::unexpected(done.error());
  }
  return file_.changes() > 0;
}

result<bool> terminal_admin::remove(std::string_view name, std::string_view domain) {
  auto erase = file_.prepare("DELETE FROM terminals WHERE name = ?1 AND domain = ?2");
  if (!erase) {
    return std::unexpected(std::move(erase.error()));
  }
  erase->bind(1, name);
  erase->bind(2, domain);
  if (const auto done = erase->step(); !done) {
    return std::unexpected(done.error());
  }
  return file_.changes() > 0;
}

result<std::vector<terminal>> terminal_admin::list() {
  auto all = file_.prepare(
      "SELECT name, domain, endpoint, extension, company_id, brand_id FROM terminals ORDER BY domain, name");
  if (!all) {
    return std::unexpected(std::move(all.error()));
  }
  std::vector<terminal> out;
  for (;;) {
    const auto row = all->step();
    if (!row) {
      return std::unexpected(row.error());
    }
    if (!*row) {
      return out;
    }
    out.push_back({.name = all->text(0),
                   .domain = all->text(1),
                   .endpoint = all->text(2),
                   .extension = all->text(3),
                   .company_id = all->number(4),
                   .brand_id = all->number(5)});
  }
}

}  // namespace c2c::directory
