#include "client/screen.hpp"

#include <cstdio>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

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

void screen::erase() {
  if (pending_) {
    std::fputs("\r\x1b[K", stdout);
    std::fflush(stdout);
    pending_ = false;
  }
}

void screen::line(const std::string& text) {
  erase();
  std::fputs((text + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void screen::status(const std::string& text, bool is_change) {
  if (how_ == display::rewriting) {
    std::fputs(("\r\x1b[K" + text.substr(0, width())).c_str(), stdout);
    std::fflush(stdout);
    pending_ = true;
  } else if (is_change) {
    line(text);
  }
}

}  // namespace c2c::client
