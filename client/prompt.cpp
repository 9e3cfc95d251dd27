#include "client/prompt.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "client/interrupt.hpp"

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

// False at the end of the input, or once `stop` is asked.
bool next_key(char& key, const interrupt& stop) {
  std::array<pollfd, 2> watched{
      {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}, {.fd = stop.fd(), .events = POLLIN, .revents = 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
  return !stop.asked() && ::read(STDIN_FILENO, &key, 1) == 1;
}

std::optional<secret> read_line(const interrupt& stop) {
  constexpr std::size_t most = 1024;
  constexpr char ctrl_c = 3;
  constexpr char ctrl_d = 4;
  constexpr char backspace = 8;
  constexpr char ctrl_u = 21;
  constexpr char ctrl_backslash = 28;
  constexpr char rubout = 127;
  std::vector<char> typed;
  typed.reserve(most);  // never grows, so no copy of the password is left behind
  char key = 0;
  while (next_key(key, stop)) {
    if (key == '\n' || key == '\r') {
      return secret(std::move(typed));
    }
    if (key == ctrl_c || key == ctrl_d || key == ctrl_backslash) {
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

std::expected<secret, no_password> ask_password(const std::string& question) {
  const interrupt stop;
  const quiet_terminal terminal;
  if (!terminal.is_terminal()) {
    return std::unexpected(no_password::no_terminal);
  }
  std::fputs((question + " ").c_str(), stderr);
  auto typed = read_line(stop);
  std::fputc('\n', stderr);
  return typed ? std::expected<secret, no_password>(std::move(*typed)) : std::unexpected(no_password::given_up);
}

}  // namespace c2c::client
