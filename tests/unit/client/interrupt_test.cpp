#include "client/interrupt.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace c2c::client {
namespace {

bool readable(int fd) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) == 1;
}

}  // namespace

class Interrupt : public testing::TestWithParam<int> {};

TEST_P(Interrupt, IsNotedOnce) {
  const interrupt noted;
  EXPECT_FALSE(noted.asked());
  EXPECT_FALSE(readable(noted.fd()));
  std::raise(GetParam());
  EXPECT_TRUE(noted.asked());
  EXPECT_TRUE(readable(noted.fd()));
  EXPECT_TRUE(readable(noted.fd())) << "for whoever looks later";
}

TEST_P(Interrupt, EndsTheProgramTheSecondTime) {
  for (const int second : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          const interrupt noted;
          std::raise(GetParam());
          std::raise(second);
          ::_exit(0);
        },
        testing::KilledBySignal(second), "");
  }
}

TEST_P(Interrupt, EndsTheProgramAgainOnceNobodyNotesIt) {
  EXPECT_EXIT(
      {
        {
          const interrupt noted;
        }
        std::raise(GetParam());
        ::_exit(0);
      },
      testing::KilledBySignal(GetParam()), "");
}

TEST_P(Interrupt, ThatWasIgnoredStaysIgnored) {
  EXPECT_EXIT(
      {
        std::signal(GetParam(), SIG_IGN);
        const interrupt noted;
        std::raise(GetParam());
        ::_exit(noted.asked() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_P(Interrupt, EndsAPause) {
  const interrupt noted;
  std::raise(GetParam());
  pause_for(86'400'000, noted.fd());  // a day, if it is not ended
}

INSTANTIATE_TEST_SUITE_P(Of, Interrupt, testing::Values(SIGINT, SIGTERM));

}  // namespace c2c::client
