#include "client/screen.hpp"

#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "client/output.hpp"

namespace c2c::client {

namespace {

std::size_t width() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1U : 79U;
}

}  // namespace

display choose_display(bool json, const char* term) {
  if (json) {
    return display::json;
  }
  const std::string_view kind(term != nullptr ? term : "");
  return ::isatty(STDOUT_FILENO) != 0 && !kind.empty() && kind != "dumb" ? display::rewriting : display::lines;
}

void screen::write(const std::string& text) {
  if (error_ == 0) {
    error_ = write_all(STDOUT_FILENO, text);
  }
}

void screen::erase() {
  if (pending_) {
    write("\r\x1b[K");
    pending_ = false;
  }
}

void screen::line(const std::string& text) {
  erase();
  write(text + "\n");
}

void screen::status(const std::string& text, bool is_change) {
  if (how_ == display::rewriting) {
    write("\r\x1b[K" + text.substr(0, width()));
    pending_ = true;
  } else if (is_change) {
    line(text);
  }
}

}  // namespace c2c::client
