// Secrets: from the file itself or from files of their own.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "config/reader.hpp"

namespace c2c::config {

// The first 4096 bytes of a secret's own file, without the newline that ends it. The error is a sentence: unreadable
// (and why), no regular file, readable by everybody (chmod 640), empty, too long, or holding a control character.
std::expected<secret, std::string> read_secret_file(const std::string& path);

// The value of `key` or of the file that `key`_file names; what is wrong, both given included, is noted. Gives nothing
// where neither is set or something was wrong; `is_set` tells the two apart.
struct found_secret {
  std::optional<secret> value;
  bool is_set = false;
};
found_secret read_secret(section& part, std::string_view key);

// As read_secret, for a secret that signs: it must be there, be no placeholder and have at least 16 characters. `how`
// says where to get one.
std::optional<secret> read_signing_secret(section& part, std::string_view key, std::string_view how);

}  // namespace c2c::config
