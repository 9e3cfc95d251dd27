#include "api/messages.hpp"

#include <array>
#include <chrono>
#include <iterator>
#include <limits>
#include <optional>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "log/log.hpp"

namespace c2c::api {
namespace {

namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t max_depth = 32;

enum class field : std::uint8_t {
  none,
  aor,
  nonce,
  response,
  destination,
  iden,
  max_duration,
  dial_timeout,
  optimize,
  progress,
};

constexpr std::array<std::pair<std::string_view, field>, 9> known_fields{{
    {"aor", field::aor},
    {"nonce", field::nonce},
    {"response", field::response},
    {"destination", field::destination},
    {"iden", field::iden},
    {"maxDuration", field::max_duration},
    {"dialTimeout", field::dial_timeout},
    {"optimize", field::optimize},
    {"progress", field::progress},
}};

field field_named(std::string_view name) {
  for (const auto& [known, which] : known_fields) {
    if (ascii::iequals(known, name)) {
      return which;
    }
  }
  return field::none;
}

// Receives the parser's events and keeps the known fields of the outermost object; no tree is built.
class handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  message taken;
  bool saw_object = false;
  bool saw_null = false;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code& ec) {
    if (depth_ == 0) {
      saw_object = true;
    }
    return enter(ec);
  }
  bool on_object_end(std::size_t, error_code&) { return leave(); }
  bool on_array_begin(error_code& ec) { return enter(ec); }
  bool on_array_end(std::size_t, error_code&) { return leave(); }

  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    if (depth_ == 1) {
      current_ = field_named(text_);
    }
    text_.clear();
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, error_code& ec) {
    text_.append(part.data(), part.size());
    const bool taken_well = take_text(ec);
    text_.clear();
    return taken_well;
  }

  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, error_code& ec) { return take_number(value, ec); }
  bool on_uint64(std::uint64_t, json::string_view, error_code& ec) {
    // Past the range of the integers that the reference reads.
    return take_nothing(ec);
  }
  bool on_double(double, json::string_view, error_code& ec) { return take_nothing(ec); }
  bool on_bool(bool value, error_code& ec) {
    if (depth_ == 1 && current_ == field::optimize) {
      taken.optimize = value;
      return true;
    }
    if (depth_ == 1 && current_ == field::progress) {
      taken.progress = value;
      return true;
    }
    return take_nothing(ec);
  }
  bool on_null(error_code&) {
    saw_null = saw_null || depth_ == 0;
    return true;
  }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  bool enter(error_code& ec) {
    if (depth_ == 1 && current_ != field::none) {
      ec = json::error::exception;
      return false;
    }
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    if (depth_ == 1) {
      current_ = field::none;
    }
    return true;
  }

  // A value of another type than the field's: harmless for a key that nobody knows.
  bool take_nothing(error_code& ec) const {
    if (depth_ == 1 && current_ != field::none) {
      ec = json::error::exception;
      return false;
    }
    return true;
  }

  bool take_number(std::int64_t value, error_code& ec) {
    if (depth_ == 1 && current_ == field::max_duration) {
      taken.max_duration_ms = value;
      return true;
    }
    if (depth_ == 1 && current_ == field::dial_timeout) {
      taken.dial_timeout_s = value;
      return true;
    }
    return take_nothing(ec);
  }

  bool take_text(error_code& ec) {
    if (depth_ != 1) {
      return true;
    }
    switch (current_) {
      case field::aor: taken.aor = text_; return true;
      case field::nonce: taken.nonce = text_; return true;
      case field::response: taken.response = text_; return true;
      case field::destination: taken.destination = text_; return true;
      case field::iden: taken.iden = text_; return true;
      default: return take_nothing(ec);
    }
  }

  std::string text_;
  std::size_t depth_ = 0;
  field current_ = field::none;
};

// `,"name":"2026-11-22T22:42:13.123Z"`; nothing where there is no time.
void append_time(std::string& body, std::string_view name, std::optional<wall_time> when) {
  if (when) {
    const auto day = std::chrono::floor<std::chrono::days>(*when);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(*when - day);
    fmt::format_to(std::back_inserter(body), R"(,"{}":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z")", name,
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                   time.seconds().count(), time.subseconds().count());
  }
}

}  // namespace

result<message> parse_message(std::string_view body) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<handler> parser(options);
  error_code ec;
  // "More may come" lets the parser stop after the first value, whatever stands behind it.
  parser.write_some(true, body.data(), body.size(), ec);
  if (!ec && !parser.done()) {
    parser.write_some(false, body.data() + body.size(), 0, ec);
  }
  handler& read = parser.handler();
  if (ec || !parser.done() || (!read.saw_object && !read.saw_null)) {
    return fail(errc::invalid_json);
  }
  return std::move(read.taken);
}

std::string challenge_body(std::string_view nonce, std::string_view realm) {
  std::string body;
  body.reserve(nonce.size() + realm.size() + 32);
  body.append(R"({"nonce":")").append(nonce).append(R"(","realm":")");
  body.append(log::json_escaped(realm)).append("\"}\n");
  return body;
}

std::string call_body(std::string_view iden, std::string_view ticket) {
  std::string body;
  body.reserve(iden.size() + ticket.size() + 32);
  body.append(R"({"iden":")").append(iden);
  if (!ticket.empty()) {
    body.append(R"(","ticket":")").append(ticket);
  }
  body.append("\"}\n");
  return body;
}

std::string snapshot_body(std::string_view iden, const call::snapshot& now) {
  std::string body;
  body.reserve(256);
  body.append(R"({"iden":")").append(iden);
  body.append(R"(","state":")").append(call::to_string(now.state)).append("\"");
  if (now.reason != call::reason::none) {
    body.append(R"(,"reason":")").append(call::to_string(now.reason)).append("\"");
  }
  append_time(body, "startedAt", now.started);
  append_time(body, "connectedAt", now.connected);
  append_time(body, "endedAt", now.ended);
  body.append("}\n");
  return body;
}

}  // namespace c2c::api
