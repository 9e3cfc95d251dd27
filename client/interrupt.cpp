#include "client/interrupt.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace c2c::client {

namespace {

// A handler knows only what is global.
volatile std::sig_atomic_t noted = 0;
volatile int write_end = -1;
constexpr int signals[] = {SIGINT, SIGTERM};
struct sigaction before[2];
bool taken_over[2] = {false, false};

// Both are given back at the first signal, so the second one ends the program even where it waits for something that
// cannot be woken, such as a name look-up or a terminal that is held with Ctrl-S.
void give_back() {
  for (int i = 0; i < 2; ++i) {
    if (taken_over[i]) {
      ::sigaction(signals[i], &before[i], nullptr);
      taken_over[i] = false;
    }
  }
}

extern "C" void note_signal(int) {
  const int kept = errno;
  noted = 1;
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(write_end, &byte, 1);
  give_back();
  errno = kept;
}

}  // namespace

interrupt::interrupt() {
  if (::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::system_category(), "pipe");
  }
  noted = 0;
  write_end = ends_[1];
  struct sigaction action{};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;  // whatever is being written is written whole
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGTERM);
  // Neither may come while only one of them is taken over.
  sigset_t held;
  ::pthread_sigmask(SIG_BLOCK, &action.sa_mask, &held);
  for (int i = 0; i < 2; ++i) {
    ::sigaction(signals[i], nullptr, &before[i]);
    taken_over[i] = before[i].sa_handler != SIG_IGN && ::sigaction(signals[i], &action, nullptr) == 0;
  }
  ::pthread_sigmask(SIG_SETMASK, &held, nullptr);
}

interrupt::~interrupt() {
  if (ends_[0] < 0) {
    return;
  }
  sigset_t both;
  sigset_t held;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &both, &held);
  give_back();
  ::pthread_sigmask(SIG_SETMASK, &held, nullptr);
  ::close(ends_[0]);
  ::close(ends_[1]);
}

bool interrupt::asked() const noexcept {
  return ends_[0] >= 0 && noted != 0;
}

void pause_for(long milliseconds, int fd) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  ::poll(&watched, 1, static_cast<int>(std::clamp(milliseconds, 0L, static_cast<long>(INT_MAX))));
}

}  // namespace c2c::client
