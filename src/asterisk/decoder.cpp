#include "asterisk/decoder.hpp"

#include <cstring>
#include <string_view>

namespace c2c::asterisk {
namespace {

constexpr std::size_t min_room_bytes = std::size_t{4} * 1024;
constexpr std::size_t first_buffer_bytes = std::size_t{16} * 1024;
// The version that follows differs from release to release and says nothing that we need.
constexpr std::string_view greeting = "Asterisk Call Manager";

}  // namespace

// Moves the lines that are kept to the front of the buffer, and the line that is being read to their end.
std::span<char> decoder::room() {
  if (line_ > kept_) {
    // Bytes that came with the last line's end: moved once.
    std::memmove(buffer_.data() + kept_, buffer_.data() + line_, end_ - line_);
    searched_ -= line_ - kept_;
    end_ -= line_ - kept_;
    line_ = kept_;
  }
  const std::size_t held = end_ - begin_;
  if (held == 0) {
    begin_ = kept_ = line_ = searched_ = end_ = 0;
  }
  if (buffer_.size() - end_ < min_room_bytes) {
    if (begin_ > 0 && held <= begin_ && buffer_.size() - held >= min_room_bytes) {
      // What is moved was paid for by at least as many bytes given out since the last move.
      std::memmove(buffer_.data(), buffer_.data() + begin_, held);
      kept_ -= begin_;
      line_ -= begin_;
      searched_ -= begin_;
      end_ = held;
      begin_ = 0;
    } else {
      buffer_.resize(buffer_.empty() ? first_buffer_bytes : buffer_.size() * 2);
    }
  }
  return std::span(buffer_).subspan(end_);
}

std::unexpected<failure> decoder::broken() {
  broken_ = true;
  return fail(errc::malformed, "the greeting is not that of an Asterisk manager");
}

void decoder::skip(std::string_view why) {
  ++skipped_;
  why_skipped_ = why;
}

// The line ends before `line_end`, where its LF is.
void decoder::take_header(std::string_view line, std::size_t line_end) {
  if (skips_message_) {
    return;
  }
  if (line.size() > max_line_bytes) {
    return skip("a line is too long");
  }
  if (const std::size_t colon = line.find(':'); colon == 0 || colon == std::string_view::npos) {
    return skip("a line is not a header");
  }
  if (line.find('\0') != std::string_view::npos) {
    return skip("a line has a NUL");
  }
  const std::size_t size = line_end + 1 - line_;
  const bool too_long = kept_ - begin_ + size > max_message_bytes;
  if (++headers_ > max_headers || too_long) {
    skips_message_ = true;
    kept_ = begin_;
    return skip(too_long ? "a message is too long" : "a message has too many headers");
  }
  if (kept_ != line_) {
    std::memmove(buffer_.data() + kept_, buffer_.data() + line_, size);
  }
  kept_ += size;
}

// Nothing where all of it was passed over, or nothing was there: Asterisk sends an empty line more after some
// responses.
std::optional<message> decoder::end_message(std::size_t line_end) {
  const std::string_view text(buffer_.data() + begin_, kept_ - begin_);
  begin_ = kept_ = line_end + 1;
  headers_ = 0;
  skips_message_ = false;
  return text.empty() ? std::nullopt : std::optional(message(text));
}

result<std::optional<message>> decoder::next() {
  if (broken_) {
    return broken();
  }
  while (searched_ < end_) {
    const void* found = std::memchr(buffer_.data() + searched_, '\n', end_ - searched_);
    if (found == nullptr) {
      searched_ = end_;
      break;
    }
    const auto line_end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    std::string_view line(buffer_.data() + line_, line_end - line_);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    std::optional<message> whole;
    if (!greeted_) {
      if (line.size() > max_line_bytes || !line.starts_with(greeting)) {
        return broken();
      }
      greeted_ = true;
      begin_ = kept_ = line_end + 1;
    } else if (skips_line_) {
      skips_line_ = false;
    } else if (line.empty()) {
      whole = end_message(line_end);
    } else {
      take_header(line, line_end);
    }
    line_ = searched_ = line_end + 1;
    if (whole) {
      return whole;
    }
  }
  // One byte more than the limit may be the CR of a line that is just within it.
  if (skips_line_ || end_ - line_ > max_line_bytes + 1) {
    if (!greeted_) {
      return broken();
    }
    if (!skips_line_ && !skips_message_) {
      skip("a line is too long");
    }
    skips_line_ = true;
    searched_ = end_ = line_;
  }
  return std::optional<message>();
}

}  // namespace c2c::asterisk
