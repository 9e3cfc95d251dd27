// What the readers of sections have in common, and those that have a file of their own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "config/config.hpp"
#include "config/reader.hpp"

namespace c2c::config {

inline constexpr integer_range any_port{.least = 1, .most = 65'535};

// Keeps the default where the file says nothing.
template <class T>
void set(T& out, const std::optional<std::int64_t>& value) {
  if (value) {
    out = static_cast<T>(*value);
  }
}

inline void set(bool& out, const std::optional<bool>& value) {
  out = value.value_or(out);
}

inline void set(std::string& out, std::optional<std::string> value) {
  if (value) {
    out = std::move(*value);
  }
}

inline void require(section& part, std::string_view key, const std::string& value, std::string_view why) {
  if (value.empty()) {
    part.wrong(key, fmt::format("is missing: {}", why));
  }
}

void read_db(reader& all, db_section& out);

}  // namespace c2c::config
