// Bytes from an AMI session in, whole messages out (AMI: main/manager.c, astman_append and send_string).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ami/message.hpp"
#include "base/errc.hpp"

namespace c2c::ami {

// Pure: knows no socket. The first line is the server's greeting; after it, lines that end in CR LF or LF alone make up
// messages that end in an empty line. However the bytes are split, the same messages come out. Each byte is looked at
// once on its way to a message and moved at most a fixed number of times on average.
//
// Once something is wrong it stays wrong: with the framing gone, nothing later on the stream can be trusted.
class decoder {
 public:
  // A value of an event can be as long as a dialplan variable: 4 KiB from extensions.conf (VAR_BUF_SIZE), more from ARI
  // and AGI, twice that once escaped. 64 KiB lets those through and still bounds a peer that never ends its line.
  static constexpr std::size_t max_line_bytes = std::size_t{64} * 1024;
  static constexpr std::size_t max_message_bytes = std::size_t{256} * 1024;
  static constexpr std::size_t max_headers = 512;

  // Where the next bytes are to be read into: at least 4 KiB. Ends the life of every message given so far.
  std::span<char> room();
  // How many bytes were read there.
  void commit(std::size_t bytes) noexcept { end_ += bytes; }

  // The next message, or nothing until more bytes are there. A message is valid until `room` is called.
  // Errors: malformed (not a greeting of AMI's, a line without a header, a NUL, a limit passed).
  result<std::optional<message>> next();

  // Whether the greeting has been read.
  bool greeted() const noexcept { return greeted_; }

 private:
  result<bool> take_line(std::size_t line_end);
  std::unexpected<failure> broken(const char* why);

  std::vector<char> buffer_;
  std::size_t begin_ = 0;     // of the message that is being read
  std::size_t line_ = 0;      // of its current line
  std::size_t searched_ = 0;  // no line ends between line_ and here
  std::size_t end_ = 0;       // of what has been read
  std::size_t headers_ = 0;   // of the message that is being read
  bool greeted_ = false;
  const char* fault_ = nullptr;
};

}  // namespace c2c::ami
