// Where a call's lines go: one line that rewrites itself on a terminal, a line for each change elsewhere, JSON for
// programs.
#pragma once

#include <cstdint>
#include <string>

namespace c2c::client {

enum class display : std::uint8_t { lines, rewriting, json };

// `json` as asked for; rewriting where standard output is a terminal that can move its cursor, as TERM says.
display choose_display(bool json, const char* term);

class screen {
 public:
  explicit screen(display how) : how_(how) {}

  display how() const noexcept { return how_; }
  // The errno of the first thing that standard output did not take; 0 where it took all. Nothing is written after it.
  int error() const noexcept { return error_; }
  // A line that stays. Written at once, also where nobody reads a terminal.
  void line(const std::string& text);
  // Takes away what could still be rewritten.
  void erase();
  // What goes on now. On a terminal it takes the place of what went on before, cut to the terminal's width; elsewhere
  // it is a line, unless `is_change` is not set: then only the time has passed.
  void status(const std::string& text, bool is_change);

 private:
  void write(const std::string& text);

  display how_;
  int error_ = 0;
  bool pending_ = false;  // a line is on the terminal that may be rewritten
};

}  // namespace c2c::client
