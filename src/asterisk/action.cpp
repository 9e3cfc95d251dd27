#include "asterisk/action.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace c2c::asterisk {
namespace {

constexpr std::size_t max_line_bytes = 1'024;  // with its CR LF
constexpr int max_headers = 128;

constexpr std::string_view forbidden{"\r\n\0", 3};

bool has_any(std::string_view text, std::string_view characters) noexcept {
  return text.find_first_of(characters) != std::string_view::npos;
}

std::size_t line_bytes(std::string_view name, std::string_view value) noexcept {
  return name.size() + 2 + value.size() + 2;
}

void append_line(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

// A faulty header's name can hold anything; so much of it stands in the log.
constexpr std::size_t most_named = 40;

}  // namespace

action::action(std::string_view name) {
  if (name.empty()) {
    fault("Action", "is empty");
    return;
  }
  add("Action", name);
}

void action::fault(std::string_view header, std::string_view problem) {
  if (fault_.empty()) {
    fault_ = "header " + utf8::printable(header, most_named) + " " + std::string(problem);
  }
}

action& action::add(std::string_view name, std::string_view value) {
  if (name.empty() || has_any(name, ":") || has_any(name, forbidden)) {
    fault(name, "has a name that AMI cannot carry");
  } else if (has_any(value, forbidden)) {
    fault(name, "has a line end or a NUL in its value");
  } else if (line_bytes(name, value) > max_line_bytes) {
    fault(name, "is too long");
  } else if (ascii::iequals(name, "ActionID")) {
    fault(name, "is not the caller's to set");
  } else if (headers_ + 1 >= max_headers) {
    fault(name, "is one too many");
  } else {
    append_line(text_, name, value);
    ++headers_;
  }
  return *this;
}

action& action::variable(std::string_view name, std::string_view value) {
  constexpr std::string_view split = ",\"\\";
  if (name.empty() || has_any(name, "=") || has_any(name, split) || has_any(name, forbidden)) {
    fault("Variable", "has a variable name that AMI cannot carry");
    return *this;
  }
  if (has_any(value, split)) {
    fault("Variable " + std::string(name), "has a comma, a quote or a backslash in its value");
    return *this;
  }
  std::string pair(name);
  pair.append("=").append(value);
  return add("Variable", pair);
}

result<std::string> action::encode(std::string_view action_id) const {
  if (!fault_.empty()) {
    return fail(errc::malformed, fault_);
  }
  constexpr std::string_view id_header = "ActionID";
  if (action_id.empty() || has_any(action_id, forbidden) || line_bytes(id_header, action_id) > max_line_bytes) {
    return fail(errc::malformed, "header ActionID cannot be carried");
  }
  std::string out;
  out.reserve(text_.size() + line_bytes(id_header, action_id) + 2);
  out.append(text_);
  append_line(out, id_header, action_id);
  out.append("\r\n");
  return out;
}

}  // namespace c2c::asterisk
