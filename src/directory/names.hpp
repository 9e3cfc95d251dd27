// Which names a directory is asked for, and which answers are believed. Pure.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"

namespace c2c::directory {

inline constexpr std::size_t most_user_bytes = 100;   // Terminals.name, varchar(100)
inline constexpr std::size_t most_realm_bytes = 190;  // Domains.domain, varchar(190)

// Whether a directory can hold the name at all. IvozProvider's names are [a-zA-Z0-9_*]+ and its domains host names or
// addresses; MariaDB answers a 4-byte character with an error and folds accents and trailing spaces, so nothing outside
// printable ASCII is asked for.
constexpr bool can_exist(std::string_view user, std::string_view realm) noexcept {
  constexpr auto printable = [](char c) { return c > 0x20 && c < 0x7f; };
  return !user.empty() && user.size() <= most_user_bytes && !realm.empty() && realm.size() <= most_realm_bytes &&
         std::ranges::all_of(user, printable) && std::ranges::all_of(realm, printable);
}

// Whether the row is the terminal that was asked for: a collation may fold one name onto another's.
constexpr bool is_same(std::string_view name, std::string_view domain, std::string_view user,
                       std::string_view realm) noexcept {
  return ascii::iequals(name, user) && ascii::iequals(domain, realm);
}

}  // namespace c2c::directory
