#include "client/interrupt.hpp"

#include <cerrno>
#include <chrono>
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

TEST_P(Interrupt, EndsTheProgramTheSecondTimeWithItsLastWords) {
  for (const int second : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          interrupt noted(std::chrono::milliseconds(0));
          noted.last_words("no");
          noted.last_words("the phone rings on");
          std::raise(GetParam());
          std::raise(second);
          ::_exit(0);
        },
        testing::KilledBySignal(second), "^the phone rings on\n$");
  }
}

TEST_P(Interrupt, IsOneThoughItIsSentTwice) {
  EXPECT_EXIT(
      {
        const interrupt noted(std::chrono::hours(1));
        std::raise(GetParam());
        std::raise(GetParam());
        std::raise(SIGTERM);
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_P(Interrupt, GoesOnThroughASecondSighup) {
  EXPECT_EXIT(
      {
        const interrupt noted(std::chrono::milliseconds(0));
        std::raise(GetParam());
        std::raise(SIGHUP);
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Interrupted, IsWhoeverAsksForItToo) {
  interrupt noted;
  noted.ask();
  EXPECT_TRUE(noted.asked());
  EXPECT_TRUE(readable(noted.fd()));
  interrupt(interrupt::none).ask();
}

TEST(Interrupted, LetsAReaderGo) {
  const auto before = std::signal(SIGPIPE, SIG_DFL);  // whoever started this may have left it ignored
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  {
    const interrupt noted;
    EXPECT_EQ(::write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
    EXPECT_FALSE(noted.asked());
  }
  EXPECT_EXIT(
      {
        [[maybe_unused]] const auto none = ::write(ends[1], "x", 1);
        ::_exit(0);
      },
      testing::KilledBySignal(SIGPIPE), "");
  ::close(ends[1]);
  std::signal(SIGPIPE, before);
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

INSTANTIATE_TEST_SUITE_P(Of, Interrupt, testing::Values(SIGINT, SIGTERM, SIGHUP, SIGQUIT));

}  // namespace c2c::client
