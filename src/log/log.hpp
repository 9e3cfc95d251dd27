// The log: one line an event, on standard error, as text or as JSON. Any thread may write. What is longer than 4 KiB,
// or in the line of a call one value longer than 1 KiB, is cut.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace c2c::log {

enum class level : std::uint8_t { off, error, warn, info, debug };
enum class line_format : std::uint8_t { text, json };

// Takes effect for every later line; before it, warnings and worse go out as text.
void start(level least, line_format format);

// So many lines were written while nobody read the log, or after its reader had gone. A line never waits for it: what
// cannot go out at once is kept, 1 MiB of it.
std::uint64_t lost_lines() noexcept;

bool enabled(level level) noexcept;
void line(level level, std::string_view text);

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  line(level::error, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  line(level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level::info)) {
    line(level::info, fmt::format(format, std::forward<Args>(args)...));
  }
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level::debug)) {
    line(level::debug, fmt::format(format, std::forward<Args>(args)...));
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
void call(const call_attempt& attempt);

// How a placed call ended.
struct ended_call {
  std::string_view aor;
  std::string_view destination;
  std::string_view iden;
  std::string_view server;
  std::string_view state;
  std::string_view reason;
  std::chrono::microseconds rang{0};    // from its beginning until both talked, or until its end
  std::chrono::microseconds talked{0};  // 0 where they never did
};

// One line, at info.
void ended(const ended_call& call);

// `text` with quotes, backslashes and whatever is not plain (base/utf8.hpp) escaped as JSON does (RFC 8259 §7), without
// the quotes around. Bytes that are no UTF-8 become U+FFFD.
std::string json_escaped(std::string_view text);

}  // namespace c2c::log
