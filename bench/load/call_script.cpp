#include "call_script.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace c2c::bench {

call_script::part call_script::parse(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, value>, 3> names{
      {{"{action}", value::action}, {"{iden}", value::iden}, {"{n}", value::number}}};
  part made;
  std::string literal;
  while (!text.empty()) {
    value found = value::none;
    for (const auto& [name, which] : names) {
      if (text.starts_with(name)) {
        found = which;
        text.remove_prefix(name.size());
        break;
      }
    }
    if (found != value::none) {
      made.pieces.emplace_back(std::move(literal), found);
      literal.clear();
      continue;
    }
    literal += text.front() == '\n' ? "\r\n" : std::string(1, text.front());
    text.remove_prefix(1);
  }
  made.pieces.emplace_back(std::move(literal), value::none);
  return made;
}

call_script::call_script(std::string_view text) {
  if (!text.starts_with('@')) {
    parts_.push_back(parse(text));
    return;
  }
  while (!text.empty()) {
    const auto end_of_line = text.find('\n');
    const double seconds = std::strtod(std::string(text.substr(1, end_of_line - 1)).c_str(), nullptr);
    text.remove_prefix(end_of_line == std::string_view::npos ? text.size() : end_of_line + 1);
    const auto next = text.find("\n@");
    const std::string_view body = text.substr(0, next == std::string_view::npos ? next : next + 1);
    text.remove_prefix(body.size());
    parts_.push_back(parse(body));
    parts_.back().at = std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
  }
}

void call_script::stretch(std::chrono::microseconds life) {
  std::size_t after = 0;
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    if (after == 0 || parts_[i].at - parts_[i - 1].at > parts_[after].at - parts_[after - 1].at) {
      after = i;
    }
  }
  const auto longer = life - this->life();
  for (std::size_t i = after; i < parts_.size() && after > 0; ++i) {
    parts_[i].at += longer;
  }
}

void call_script::append(std::string& out, std::size_t part, const values& own) const {
  for (const auto& [literal, what] : parts_[part].pieces) {
    out += literal;
    switch (what) {
      case value::action: out += own.action; break;
      case value::iden: out += own.iden; break;
      case value::number: out += own.number; break;
      case value::none: break;
    }
  }
}

call_script read_call_script(const std::string& path) {
  std::ifstream file(path);
  const std::string recorded{std::istreambuf_iterator<char>(file), {}};
  if (recorded.empty()) {
    throw std::runtime_error(path + " cannot be read");
  }
  return call_script(recorded);
}

}  // namespace c2c::bench
