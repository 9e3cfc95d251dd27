#include "ami/decoder.hpp"

#include <cstring>
#include <string_view>

namespace c2c::ami {
namespace {

constexpr std::size_t min_room_bytes = std::size_t{4} * 1024;
constexpr std::size_t first_buffer_bytes = std::size_t{16} * 1024;
// The version that follows differs from release to release and says nothing that we need.
constexpr std::string_view greeting = "Asterisk Call Manager";

}  // namespace

std::span<char> decoder::room() {
  const std::size_t kept = end_ - begin_;
  if (kept == 0) {
    begin_ = line_ = searched_ = end_ = 0;
  }
  if (buffer_.size() - end_ < min_room_bytes) {
    if (begin_ > 0 && kept <= begin_ && buffer_.size() - kept >= min_room_bytes) {
      // What is moved was paid for by at least as many bytes given out since the last move.
      std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
      line_ -= begin_;
      searched_ -= begin_;
      end_ = kept;
      begin_ = 0;
    } else {
      buffer_.resize(buffer_.empty() ? first_buffer_bytes : buffer_.size() * 2);
    }
  }
  return std::span(buffer_).subspan(end_);
}

std::unexpected<failure> decoder::broken(const char* why) {
  fault_ = why;
  return fail(errc::malformed, why);
}

// Checks the line that ends before `line_end`, where its LF is. True where it is the empty line that ends a message.
result<bool> decoder::take_line(std::size_t line_end) {
  std::string_view line(buffer_.data() + line_, line_end - line_);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  if (line.size() > max_line_bytes) {
    return broken("a line is too long");
  }
  if (!greeted_) {
    if (!line.starts_with(greeting)) {
      return broken("the greeting is not that of an Asterisk manager");
    }
    greeted_ = true;
    begin_ = line_end + 1;
    return false;
  }
  if (line.empty()) {
    const bool ends_message = line_ > begin_;
    if (!ends_message) {
      begin_ = line_end + 1;  // Asterisk sends an empty line more after some responses.
    }
    return ends_message;
  }
  if (const std::size_t colon = line.find(':'); colon == 0 || colon == std::string_view::npos) {
    return broken("a line is not a header");
  }
  if (line.find('\0') != std::string_view::npos) {
    return broken("a line has a NUL");
  }
  if (++headers_ > max_headers) {
    return broken("a message has too many headers");
  }
  if (line_end + 1 - begin_ > max_message_bytes) {
    return broken("a message is too long");
  }
  return false;
}

result<std::optional<message>> decoder::next() {
  if (fault_ != nullptr) {
    return broken(fault_);
  }
  while (searched_ < end_) {
    const void* found = std::memchr(buffer_.data() + searched_, '\n', end_ - searched_);
    if (found == nullptr) {
      searched_ = end_;
      break;
    }
    const auto line_end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    const result<bool> ends_message = take_line(line_end);
    if (!ends_message) {
      return std::unexpected(ends_message.error());
    }
    const std::size_t text_begin = begin_;
    const std::size_t text_end = line_;
    line_ = searched_ = line_end + 1;
    if (*ends_message) {
      begin_ = line_;
      headers_ = 0;
      return message(std::string_view(buffer_.data() + text_begin, text_end - text_begin));
    }
  }
  // One byte more than the limit may be the CR of a line that is just within it.
  if (end_ - line_ > max_line_bytes + 1) {
    return broken("a line is too long");
  }
  if (end_ - begin_ > max_message_bytes + 1) {
    return broken("a message is too long");
  }
  return std::optional<message>();
}

}  // namespace c2c::ami
