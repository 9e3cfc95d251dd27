// The log: one line an event, on standard error, as text or as JSON. Any thread may write. What is longer than 4 KiB,
// or in the line of a call attempt one value longer than 1 KiB, is cut.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace c2c::ops {

enum class log_level : std::uint8_t { off, error, warn, info, debug };
enum class log_format : std::uint8_t { text, json };

// Takes effect for every later line; before it, warnings and worse go out as text.
void start_log(log_level least, log_format format);

bool log_enabled(log_level level) noexcept;
void log_line(log_level level, std::string_view text);

template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_line(log_level::error, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_warn(fmt::format_string<Args...> format, Args&&... args) {
  log_line(log_level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(log_level::info)) {
    log_line(log_level::info, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(log_level::debug)) {
    log_line(log_level::debug, fmt::format(format, std::forward<Args>(args)...));
  }
}

// What one attempt to place a call came to. Times are microseconds and 0 for a stage that was not reached.
struct call_attempt {
  std::string_view aor;
  std::string_view destination;
  std::string_view iden;
  std::string_view server;
  std::string_view outcome;  // "placed", or the errc's name
  std::string_view detail;
  std::chrono::microseconds nonce{0};
  std::chrono::microseconds directory{0};
  std::chrono::microseconds routing{0};
  std::chrono::microseconds ami{0};
};

// One line, at info when placed and at warn when not. Values come from callers: they are escaped.
void log_call(const call_attempt& attempt);

// `text` with quotes, backslashes and whatever is not plain (base/utf8.hpp) escaped as JSON does (RFC 8259 §7), without
// the quotes around. Bytes that are no UTF-8 become U+FFFD.
std::string json_escaped(std::string_view text);

}  // namespace c2c::ops
