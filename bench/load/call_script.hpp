// A recorded call: what Asterisk wrote, when it did, and where the call's own values stand in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace c2c::bench {

class call_script {
 public:
  // What a call has of its own.
  struct values {
    std::string_view action;  // ActionID of its Originate
    std::string_view iden;
    std::string_view number;
  };

  // `text` is what Asterisk wrote, with {action}, {iden} and {n} (a number of the call's own) for a call's values. Line
  // ends may be LF; they are written as CR LF. A line of @ and a number says how many seconds after the Originate what
  // follows was written; without any, all of it is one part, written at once.
  explicit call_script(std::string_view text);

  // The longest pause becomes so long that the whole lasts `life`.
  void stretch(std::chrono::microseconds life);

  std::size_t parts() const noexcept { return parts_.size(); }
  // When a part was written, from the Originate.
  std::chrono::microseconds at(std::size_t part) const { return parts_[part].at; }
  std::chrono::microseconds life() const { return parts_.back().at; }
  void append(std::string& out, std::size_t part, const values& own) const;

 private:
  enum class value : std::uint8_t { none, action, iden, number };
  struct part {
    std::chrono::microseconds at{};
    std::vector<std::pair<std::string, value>> pieces;
  };
  static part parse(std::string_view text);

  std::vector<part> parts_;  // never empty
};

// Reads the file. Throws std::runtime_error where it cannot be read or is empty.
call_script read_call_script(const std::string& path);

}  // namespace c2c::bench
