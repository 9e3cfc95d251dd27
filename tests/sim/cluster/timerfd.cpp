// In virtual time nobody sleeps, yet Asio arms a timerfd whenever its next timer changes: two thirds of what a
// simulation took went there (perf). In this program a timerfd is an eventfd, which is readable while a timer is due.
// See timerfd_create(2) and boost/asio/detail/impl/epoll_reactor.ipp, update_timeout.
#include <cstdint>

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc's have reserved names
extern "C" int timerfd_create(int, int) noexcept {
  return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

extern "C" int timerfd_settime(int fd, int flags, const itimerspec*, itimerspec*) noexcept {
  if ((flags & TFD_TIMER_ABSTIME) != 0) {  // Asio's word for at once
    return eventfd_write(fd, 1);
  }
  eventfd_t expirations = 0;
  static_cast<void>(eventfd_read(fd, &expirations));
  return 0;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
