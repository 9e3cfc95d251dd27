#include "plain_reader.hpp"

#include <array>
#include <csignal>
#include <stdexcept>

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace c2c::bench {
namespace {

// As much as the service reads at once.
constexpr std::size_t read_bytes = 16'384;

[[noreturn]] void read_all(std::uint16_t port) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(one, reinterpret_cast<const sockaddr*>(&server), sizeof(server)) != 0) {
    _exit(1);
  }
  std::array<char, read_bytes> in{};
  while (recv(one, in.data(), in.size(), 0) > 0) {
  }
  _exit(0);
}

}  // namespace

plain_reader::plain_reader(std::uint16_t port) : pid_(fork()) {
  if (pid_ < 0) {
    throw std::runtime_error("no process can be made");
  }
  if (pid_ == 0) {
    read_all(port);
  }
}

plain_reader::~plain_reader() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace c2c::bench
