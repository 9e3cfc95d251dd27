#include "log/outlet.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace c2c::log {
namespace {

constexpr std::chrono::seconds last_patience{1};
constexpr int poll_ms = 100;

bool takes_some(int descriptor, int wait_ms) {
  pollfd entry{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return ::poll(&entry, 1, wait_ms) > 0;
}

}  // namespace

outlet::outlet(int descriptor) : descriptor_(descriptor) {
  struct stat facts{};
  if (::fstat(descriptor, &facts) == 0) {
    kind_ = S_ISREG(facts.st_mode) ? kind::file : S_ISSOCK(facts.st_mode) ? kind::socket : kind::other;
  }
}

outlet::~outlet() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void outlet::write(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty()) {
    line.remove_prefix(try_write(line));
  }
  if (line.empty()) {
    return;
  }
  if (ending_ || waiting_bytes_ + line.size() > most_waiting_bytes) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  waiting_.emplace_back(line);
  waiting_bytes_ += line.size();
  try {
    if (!thread_.joinable()) {
      thread_ = std::thread([this] { drain(); });
    }
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): the next line tries again
  }
  changed_.notify_all();
}

std::size_t outlet::try_write(std::string_view text) {
  std::size_t taken = 0;
  while (taken < text.size()) {
    const std::string_view rest = text.substr(taken);
    ssize_t wrote = 0;
    if (kind_ == kind::socket) {
      wrote = ::send(descriptor_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else if (kind_ == kind::file || takes_some(descriptor_, 0)) {
      // A pipe that can be written to has room for so much (pipe(7), PIPE_BUF).
      wrote = ::write(descriptor_, rest.data(),
                      kind_ == kind::file ? rest.size() : std::min<std::size_t>(rest.size(), PIPE_BUF));
    } else {
      return taken;
    }
    if (wrote >= 0) {
      taken += static_cast<std::size_t>(wrote);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return taken;
    } else if (errno != EINTR) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return text.size();
    }
  }
  return taken;
}

void outlet::drain() {
  std::unique_lock lock(mutex_);
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  while (!(ending_ && waiting_.empty())) {
    if (ending_) {
      until = std::min(until, std::chrono::steady_clock::now() + last_patience);
    }
    if (std::chrono::steady_clock::now() >= until) {
      lost_.fetch_add(waiting_.size(), std::memory_order_relaxed);
      return;
    }
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    std::string& first = waiting_.front();
    const std::size_t taken = try_write(first);
    waiting_bytes_ -= taken;
    first.erase(0, taken);
    if (first.empty()) {
      waiting_.pop_front();
    } else {
      lock.unlock();
      takes_some(descriptor_, poll_ms);
      lock.lock();
    }
  }
}

}  // namespace c2c::log
