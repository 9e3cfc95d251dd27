#include "client/interrupt.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace c2c::client {

namespace {

constexpr std::array<int, 4> signals{SIGINT, SIGQUIT, SIGTERM, SIGHUP};

// A handler knows only what is global, and may touch only what needs no lock.
std::atomic<std::int64_t> noted_at_ms{0};  // 0: nothing was
std::atomic<std::int64_t> one_for_ms{0};
std::atomic<int> write_end{-1};
std::atomic<const std::string*> parting{nullptr};
std::array<struct sigaction, signals.size()> handlers_before;
struct sigaction pipe_before;
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<const std::string*>::is_always_lock_free);

std::int64_t now_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// The time of the first note, or 0 where this is the first.
std::int64_t note() noexcept {
  std::int64_t first = 0;
  if (noted_at_ms.compare_exchange_strong(first, now_ms())) {
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = ::write(write_end, &byte, 1);
  }
  return first;
}

extern "C" void note_signal(int number) {
  const int kept = errno;
  const std::int64_t first = note();
  if (first != 0 && number != SIGHUP && now_ms() - first >= one_for_ms) {
    if (const std::string* words = parting; words != nullptr) {
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, words->data(), words->size());
    }
    const auto at = std::ranges::find(signals, number) - signals.begin();
    ::sigaction(number, &handlers_before[static_cast<std::size_t>(at)], nullptr);
    ::raise(number);
  }
  errno = kept;
}

sigset_t all_of_them() noexcept {
  sigset_t out;
  sigemptyset(&out);
  for (const int number : signals) {
    sigaddset(&out, number);
  }
  return out;
}

}  // namespace

interrupt::interrupt(std::chrono::milliseconds one_for) {
  if (::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::system_category(), "pipe");
  }
  noted_at_ms = 0;
  one_for_ms = one_for.count();
  write_end = ends_[1];
  struct sigaction action{};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;  // whatever is being written is written whole
  action.sa_mask = all_of_them();
  // None may come while only some of them are taken over.
  sigset_t held;
  ::pthread_sigmask(SIG_BLOCK, &action.sa_mask, &held);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], nullptr, &handlers_before[i]);
    if (handlers_before[i].sa_handler != SIG_IGN) {
      ::sigaction(signals[i], &action, nullptr);
    }
  }
  struct sigaction ignored{};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, &pipe_before);
  ::pthread_sigmask(SIG_SETMASK, &held, nullptr);
}

interrupt::~interrupt() {
  if (ends_[0] < 0) {
    return;
  }
  const sigset_t all = all_of_them();
  sigset_t held;
  ::pthread_sigmask(SIG_BLOCK, &all, &held);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], &handlers_before[i], nullptr);
  }
  ::sigaction(SIGPIPE, &pipe_before, nullptr);
  parting = nullptr;
  ::pthread_sigmask(SIG_SETMASK, &held, nullptr);
  ::close(ends_[0]);
  ::close(ends_[1]);
}

bool interrupt::asked() const noexcept {
  return ends_[0] >= 0 && noted_at_ms != 0;
}

void interrupt::ask() noexcept {
  if (ends_[0] >= 0) {
    note();
  }
}

void interrupt::last_words(std::string line) {
  if (ends_[0] >= 0) {
    parting = &words_.emplace_back(std::move(line) + "\n");
  }
}

bool pause_for(long milliseconds, int fd) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, static_cast<int>(std::clamp(milliseconds, 0L, static_cast<long>(INT_MAX)))) > 0;
}

}  // namespace c2c::client
