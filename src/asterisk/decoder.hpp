// Bytes from an AMI session in, whole messages out (AMI: main/manager.c, astman_append and send_string).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "asterisk/message.hpp"
#include "base/errc.hpp"

namespace c2c::asterisk {

// Pure: knows no socket. The first line is the server's greeting; after it, lines that end in CR LF or LF alone make up
// messages that end in an empty line. However the bytes are split, the same messages come out. Each byte is looked at
// once on its way to a message and moved at most a fixed number of times on average.
//
// Asterisk writes values as they are, and whoever sets a channel's variable can put a line break into it
// (main/manager_channels.c, ChanVariable). So a line that is no header, or holds a NUL, or is too long, is passed over
// and the message goes on without it; a message with too many headers or bytes is passed over up to its empty line.
// Only what greets as no Asterisk does is broken, and stays so.
class decoder {
 public:
  // A value of an event can be as long as a dialplan variable: 4 KiB from extensions.conf (VAR_BUF_SIZE), more from ARI
  // and AGI, twice that once escaped. 64 KiB lets those through and still bounds a peer that never ends its line.
  static constexpr std::size_t max_line_bytes = std::size_t{64} * 1024;
  static constexpr std::size_t max_message_bytes = std::size_t{256} * 1024;  // of the lines that are kept
  static constexpr std::size_t max_headers = 512;

  // Where the next bytes are to be read into: at least 4 KiB. Ends the life of every message given so far.
  std::span<char> room();
  // How many bytes were read there.
  void commit(std::size_t bytes) noexcept { end_ += bytes; }

  // The next message, or nothing until more bytes are there. A message is valid until `room` is called.
  // Errors: malformed (not a greeting of AMI's).
  result<std::optional<message>> next();

  // Whether the greeting has been read.
  bool greeted() const noexcept { return greeted_; }

  // Lines and messages that were passed over so far, and what was wrong with the last one; empty where there is none.
  std::uint64_t skipped() const noexcept { return skipped_; }
  std::string_view why_skipped() const noexcept { return why_skipped_; }

 private:
  void take_header(std::string_view line, std::size_t line_end);
  std::optional<message> end_message(std::size_t line_end);
  void skip(std::string_view why);
  std::unexpected<failure> broken();

  std::vector<char> buffer_;
  std::size_t begin_ = 0;     // of the message that is being read
  std::size_t kept_ = 0;      // its lines so far are [begin_, kept_), one after the other
  std::size_t line_ = 0;      // of the line that is being read; what lies between kept_ and here was passed over
  std::size_t searched_ = 0;  // no line ends between line_ and here
  std::size_t end_ = 0;       // of what has been read
  std::size_t headers_ = 0;   // of the message that is being read
  bool greeted_ = false;
  bool broken_ = false;
  bool skips_line_ = false;     // up to its end
  bool skips_message_ = false;  // up to its empty line
  std::uint64_t skipped_ = 0;
  std::string_view why_skipped_;
};

}  // namespace c2c::asterisk
