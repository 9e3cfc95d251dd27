#include "app/reload.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/time.hpp"

namespace c2c::app {
namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::size_t most_bytes = 4096;
constexpr std::string_view taken = "taken";

struct ear {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socklen_t size = 0;

  explicit ear(pid_t service) {
    const std::string name = fmt::format("click2calld.reload.{}", service);
    std::ranges::copy(name, address.sun_path + 1);  // a zero before it: no file
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

class datagrams {
 public:
  datagrams() : number_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  datagrams(const datagrams&) = delete;
  datagrams& operator=(const datagrams&) = delete;
  ~datagrams() { ::close(number_); }
  int number() const { return number_; }

 private:
  int number_;
};

std::unexpected<failure> because(int error, std::string_view what) {
  return fail(errc::unavailable, fmt::format("{}: {}", what, std::generic_category().message(error)));
}

// The text of one datagram, where that process has sent it; anybody on the machine may write to the socket.
std::string read_from(int socket, pid_t service) {
  std::array<char, most_bytes> text{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> beside{};
  iovec into{.iov_base = text.data(), .iov_len = text.size()};
  msghdr message{};
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = beside.data();
  message.msg_controllen = beside.size();
  const ssize_t got = ::recvmsg(socket, &message, MSG_DONTWAIT);
  const cmsghdr* const header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS) {
    return {};
  }
  ucred sender{};
  std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
  return sender.pid == service ? std::string(text.data(), static_cast<std::size_t>(got)) : std::string();
}

}  // namespace

void tell_reloaded(const std::string& failure) noexcept {
  const datagrams out;
  const ear to(::getpid());
  // Where strangers fill the queue there is room as soon as it is read.
  constexpr timeval moment{.tv_sec = 0, .tv_usec = 200'000};
  ::setsockopt(out.number(), SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment);
  const std::string_view text = failure.empty() ? taken : std::string_view(failure).substr(0, most_bytes);
  ::sendto(out.number(), text.data(), text.size(), MSG_NOSIGNAL, to.get(), to.size);
}

result<void> ask_to_reload(pid_t service) {
  const datagrams in;
  const ear mine(service);
  const int wanted = 1;
  if (::bind(in.number(), mine.get(), mine.size) != 0) {
    return because(errno, "somebody else waits for a reload of that process");
  }
  ::setsockopt(in.number(), SOL_SOCKET, SO_PASSCRED, &wanted, sizeof wanted);
  if (::kill(service, SIGHUP) != 0) {
    const int error = errno;
    return because(error, fmt::format("process {} cannot be told to reload", service));
  }
  const steady_time deadline = steady_clock::now() + patience;
  std::string said;
  while (said.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd readable{.fd = in.number(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) == 0) {
      return fail(errc::unavailable,
                  fmt::format("process {} has not said within {} s how its reload went: its log does", service,
                              patience.count()));
    }
    said = read_from(in.number(), service);
  }
  return said == taken ? result<void>() : fail(errc::unavailable, "the reload failed: " + said);
}

}  // namespace c2c::app
