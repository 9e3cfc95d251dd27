#include "client/event_stream.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.hpp"

namespace c2c::client {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::chrono::milliseconds most_retry = std::chrono::minutes(1);

std::optional<std::chrono::milliseconds> to_retry(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, ascii::is_digit)) {
    return std::nullopt;
  }
  std::uint32_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  return error == std::errc{} ? std::min(std::chrono::milliseconds(ms), most_retry) : most_retry;
}

}  // namespace

bool event_parser::feed(std::string_view bytes, std::vector<stream_event>& out) {
  while (!bytes.empty() && !too_large_) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > most_line_bytes) {
      too_large_ = true;
      break;
    }
    line_.append(piece);
    if (end == std::string_view::npos) {
      break;
    }
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    too_large_ = !take_line(out);
    line_.clear();
  }
  return !too_large_;
}

bool event_parser::take_line(std::vector<stream_event>& out) {
  std::string_view line = line_;
  if (std::exchange(first_, false) && line.starts_with(byte_order_mark)) {
    line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) {
    if (next_.data.size() > 1) {
      next_.data.pop_back();  // each line of data brought a line feed
      out.push_back(next_);
    }
    next_.data.clear();
    next_.type.clear();
    return true;
  }
  if (line.front() == ':') {
    return true;
  }
  const std::size_t colon = line.find(':');
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  return take_field(line.substr(0, colon), value);
}

bool event_parser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    next_.data.append(value).push_back('\n');
    return next_.data.size() <= most_event_bytes;
  }
  if (name == "event") {
    next_.type = value;
  } else if (name == "id") {
    // It goes back to the service in a header, so one with a control character in it is no id.
    if (value.size() <= most_id_bytes && std::ranges::none_of(value, ascii::is_control)) {
      next_.id = value;
    }
  } else if (name == "retry") {
    if (const auto wait = to_retry(value)) {
      retry_ = wait;
    }
  }
  return true;
}

}  // namespace c2c::client
