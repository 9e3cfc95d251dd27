// Adding, listing and removing the terminals of the SQLite directory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/directory.hpp"
#include "directory/sqlite_file.hpp"

namespace c2c::directory {

// A sentence on what is wrong with the terminal, or nothing. Names and domains as names.hpp has them, without comma or
// quote; the endpoint is [A-Za-z0-9_.-]{1,80} and the extension [+*0-9]{1,32}, as both reach Asterisk's manager; the
// password is 1 to 256 bytes without control characters.
std::optional<std::string> what_is_wrong(const terminal& entry);

// Splits "alice@example.com" at its last @.
struct address_of_record {
  std::string name;
  std::string domain;
};
std::optional<address_of_record> split_address(std::string_view text);

// Used on one thread; the service may have the file open meanwhile.
class terminal_admin {
 public:
  // `create` makes a missing file. Errors: not_found, unavailable, malformed; the detail is for the administrator.
  static result<terminal_admin> open(const std::string& path, bool create);

  // False where the terminal is there already (ASCII case aside), unless `replace` says to overwrite it.
  // Errors: malformed (what_is_wrong), unavailable.
  result<bool> add(const terminal& entry, bool replace);
  // False where there is none. Errors: unavailable.
  result<bool> remove(std::string_view name, std::string_view domain);
  // All, by domain and name; the passwords are left out. Errors: unavailable.
  result<std::vector<terminal>> list();

 private:
  explicit terminal_admin(sqlite_file file) : file_(std::move(file)) {}

  sqlite_file file_;
};

}  // namespace c2c::directory
