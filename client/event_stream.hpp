// Server-Sent Events (WHATWG HTML, section 9.2.6): bytes as they come, cut anywhere, into events. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace c2c::client {

struct stream_event {
  std::string type;  // empty where the stream names none
  std::string id;    // the last id that the stream gave, in this event or in one before it
  std::string data;  // its lines joined by line feeds; an event without any is left out

  bool operator==(const stream_event&) const = default;
};

class event_parser {
 public:
  static constexpr std::size_t most_line_bytes = 16UL * 1024;
  static constexpr std::size_t most_event_bytes = 64UL * 1024;
  static constexpr std::size_t most_id_bytes = 64;

  // Appends the events that these bytes complete. False where a line or an event is longer than the limits; nothing
  // more is read then.
  [[nodiscard]] bool feed(std::string_view bytes, std::vector<stream_event>& out);

  // How long the service wants its readers to stay away before they come back; no more than a minute.
  std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

 private:
  bool take_line(std::vector<stream_event>& out);
  bool take_field(std::string_view name, std::string_view value);

  std::string line_;  // the one that is not whole yet
  stream_event next_;
  std::optional<std::chrono::milliseconds> retry_;
  bool first_ = true;       // no line was read yet
  bool after_cr_ = false;   // a line feed now belongs to the line that has ended
  bool too_large_ = false;  // for ever
};

}  // namespace c2c::client
