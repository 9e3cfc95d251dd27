#include "log/log.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.hpp"
#include "log/outlet.hpp"

namespace c2c::log {
namespace {

std::atomic<level> threshold{level::warn};
std::atomic<line_format> shape{line_format::text};

// Whether standard error goes to systemd's journal (systemd.exec(5), JOURNAL_STREAM): that notes the time itself, and
// takes a line's priority from a number before it (sd-daemon(3)).
bool to_journal() {
  static const bool answer = [] {
    const char* const named = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    struct stat mine{};
    return named != nullptr && ::fstat(STDERR_FILENO, &mine) == 0 &&
           named == fmt::format("{}:{}", mine.st_dev, mine.st_ino);
  }();
  return answer;
}

std::string_view priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::critical:
    case spdlog::level::err: return "<3>";
    case spdlog::level::warn: return "<4>";
    case spdlog::level::info: return "<6>";
    default: return "<7>";
  }
}

class standard_error final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::uint64_t lost() const noexcept { return out_.lost(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    if (to_journal()) {
      line.append(priority(message.level));
    }
    formatter_->format(message, line);
    out_.write({line.data(), line.size()});
  }
  void flush_() override {}

  outlet out_{STDERR_FILENO};
};

const std::shared_ptr<standard_error>& out() {
  static const auto made = std::make_shared<standard_error>();
  return made;
}

std::string text_pattern() {
  return to_journal() ? "%-5l %v" : "%Y-%m-%dT%H:%M:%S.%e%z %-5l %v";
}

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("click2calld", out());
    made->set_level(spdlog::level::trace);
    made->set_pattern(text_pattern());
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum to_spdlog(level level) {
  switch (level) {
    case level::off: return spdlog::level::off;
    case level::error: return spdlog::level::err;
    case level::warn: return spdlog::level::warn;
    case level::info: return spdlog::level::info;
    case level::debug: return spdlog::level::debug;
  }
  return spdlog::level::err;
}

double milliseconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

constexpr std::size_t most_line_bytes = 4'096;
constexpr std::size_t most_value_bytes = 1'024;

// Plain characters as they are, those of `quoted` behind a backslash, all others as their number.
std::string escaped(std::string_view text, std::string_view quoted) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const utf8::character next = utf8::first_of(text);
    if (next.code == utf8::character::broken) {
      out += "\\ufffd";
    } else if (!utf8::is_plain(next.code)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(next.code));
    } else {
      out += quoted.contains(text.front()) ? "\\" : "";
      out += text.substr(0, next.size);
    }
    text.remove_prefix(next.size);
  }
  return out;
}

// Where a long text is cut; a character of it may be cut with it.
std::string shortened(std::string_view text, std::size_t most) {
  return text.size() <= most ? std::string(text) : std::string(text.substr(0, most)).append("...");
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), R"( {}="{}")", name, json_escaped(shortened(value, most_value_bytes)));
}

void append_json(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":"{}")", name, json_escaped(shortened(value, most_value_bytes)));
}

void append_milliseconds(std::string& out, std::string_view name, std::chrono::microseconds took) {
  fmt::format_to(std::back_inserter(out), fmt::runtime(shape == line_format::json ? R"(,"{}":{:.3f})" : " {}={:.3f}"),
                 name, milliseconds(took));
}

// With the next line that finds its way: before, nobody would read it.
void tell_of_lost_lines() {
  static std::atomic<std::uint64_t> told = 0;
  const std::uint64_t lost = lost_lines();
  if (const std::uint64_t before = told.exchange(lost); lost > before) {
    line(level::warn, fmt::format("{} lines of the log were lost, as nobody read them", lost - before));
  }
}

}  // namespace

void start(level least, line_format format) {
  shape = format;
  threshold = least;
  sink().set_pattern(format == line_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                                                 : text_pattern());
}

std::uint64_t lost_lines() noexcept {
  return out()->lost();
}

bool enabled(level level) noexcept {
  return level <= threshold.load(std::memory_order_relaxed);
}

void line(level level, std::string_view text) {
  if (!enabled(level)) {
    return;
  }
  tell_of_lost_lines();
  if (shape == line_format::json) {
    sink().log(to_spdlog(level), R"("message":"{}")", json_escaped(shortened(text, most_line_bytes)));
  } else {
    sink().log(to_spdlog(level), escaped(shortened(text, most_line_bytes), ""));
  }
}

void ended(const ended_call& call) {
  if (!enabled(level::info)) {
    return;
  }
  tell_of_lost_lines();
  const bool json = shape == line_format::json;
  const auto append = json ? append_json : append_text;
  std::string line = json ? R"("message":"call ended")" : "call ended";
  append(line, "aor", call.aor);
  append(line, "destination", call.destination);
  append(line, "iden", call.iden);
  append(line, "server", call.server);
  append(line, "state", call.state);
  append(line, "reason", call.reason);
  append_milliseconds(line, "rang_ms", call.rang);
  append_milliseconds(line, "talked_ms", call.talked);
  sink().log(to_spdlog(level::info), line);
}

void call(const call_attempt& attempt) {
  const bool placed = attempt.outcome == "placed";
  const level level = placed ? level::info : level::warn;
  if (!enabled(level)) {
    return;
  }
  tell_of_lost_lines();
  const bool json = shape == line_format::json;
  const auto append = json ? append_json : append_text;
  std::string line = json ? R"("message":"call")" : "call";
  append(line, "aor", attempt.aor);
  append(line, "destination", attempt.destination);
  append(line, "iden", attempt.iden);
  append(line, "server", attempt.server);
  append(line, "outcome", attempt.outcome);
  if (!attempt.detail.empty()) {
    append(line, "detail", attempt.detail);
  }
  const std::array<std::pair<std::string_view, std::chrono::microseconds>, 4> stages{{
      {"nonce_ms", attempt.nonce},
      {"directory_ms", attempt.directory},
      {"routing_ms", attempt.routing},
      {"ami_ms", attempt.ami},
  }};
  for (const auto& [name, took] : stages) {
    append_milliseconds(line, name, took);
  }
  sink().log(to_spdlog(level), line);
}

std::string json_escaped(std::string_view text) {
  return escaped(text, R"("\)");
}

}  // namespace c2c::log
