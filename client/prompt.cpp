#include "client/prompt.hpp"

#include <cstdio>
#include <vector>

#include <termios.h>
#include <unistd.h>

namespace c2c::client {

namespace {

// The terminal without echo, line editing and signals until this goes: a Ctrl-C that killed the program while echo is
// off would leave the person's shell without it.
class quiet_terminal {
 public:
  quiet_terminal() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (is_terminal_) {
      termios quiet = before_;
      quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
      quiet.c_cc[VMIN] = 1;
      quiet.c_cc[VTIME] = 0;
      is_terminal_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
  }
  quiet_terminal(const quiet_terminal&) = delete;
  quiet_terminal& operator=(const quiet_terminal&) = delete;
  ~quiet_terminal() {
    if (is_terminal_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
  }
  bool is_terminal() const noexcept { return is_terminal_; }

 private:
  termios before_{};
  bool is_terminal_;
};

// A whole UTF-8 character goes with one key press.
void erase_last(std::vector<char>& typed) {
  while (!typed.empty()) {
    const bool continuation = (static_cast<unsigned char>(typed.back()) & 0xc0U) == 0x80;
    typed.back() = 0;
    typed.pop_back();
    if (!continuation) {
      return;
    }
  }
}

std::optional<secret> read_line() {
  constexpr std::size_t most = 1024;
  constexpr char ctrl_c = 3;
  constexpr char ctrl_d = 4;
  constexpr char backspace = 8;
  constexpr char ctrl_u = 21;
  constexpr char rubout = 127;
  std::vector<char> typed;
  typed.reserve(most);  // never grows, so no copy of the password is left behind
  char key = 0;
  while (::read(STDIN_FILENO, &key, 1) == 1) {
    if (key == '\n' || key == '\r') {
      return secret(std::move(typed));
    }
    if (key == ctrl_c || key == ctrl_d) {
      break;
    }
    if (key == ctrl_u) {
      OPENSSL_cleanse(typed.data(), typed.size());
      typed.clear();
    } else if (key == backspace || key == rubout) {
      erase_last(typed);
    } else if (typed.size() < most) {
      typed.push_back(key);
    }
  }
  OPENSSL_cleanse(typed.data(), typed.size());
  return std::nullopt;
}

}  // namespace

std::optional<secret> ask_password(const std::string& question) {
  std::optional<secret> out;
  const quiet_terminal terminal;
  if (terminal.is_terminal()) {
    std::fputs((question + " ").c_str(), stderr);
    out = read_line();
    std::fputc('\n', stderr);
  }
  return out;
}

}  // namespace c2c::client
