#include "log/outlet.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace c2c::log {
namespace {

constexpr int lines = 5'000;

std::string numbered(int number) {
  std::string out = std::to_string(number);
  return out.append(1'000 - out.size(), ' ') + '\n';
}

void fill_some(outlet& out) {
  for (int number = 0; number < 100; ++number) {
    out.write(numbered(number));
  }
}

// A pipe and a socket, as a shell, a container and systemd give.
class Outlet : public testing::TestWithParam<bool> {
 protected:
  Outlet() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(GetParam() ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) : ::pipe(ends.data()), 0);
  }
  ~Outlet() override {
    ::close(ends[0]);
    ::close(ends[1]);
  }

  static std::uint64_t fill(outlet& out) {
    for (int number = 0; number < lines; ++number) {
      out.write(numbered(number));
    }
    return out.lost();
  }

  std::array<int, 2> ends{};  // read here, written there
};

INSTANTIATE_TEST_SUITE_P(PipeAndSocket, Outlet, testing::Bool());

TEST_P(Outlet, WhatNobodyReadsHoldsUpNobodyAndComesWholeAndInOrderOnceSomebodyDoes) {
  outlet out(ends[1]);
  const std::uint64_t lost = fill(out);
  ASSERT_GT(lost, 0U);
  ASSERT_LT(lost, lines - 1'000U) << "a mebibyte of it is kept";
  std::string got;
  std::array<char, 65'536> some{};
  const std::size_t kept = (lines - lost) * numbered(0).size();
  while (got.size() < kept) {
    const ssize_t more = ::read(ends[0], some.data(), some.size());
    ASSERT_GT(more, 0);
    got.append(some.data(), static_cast<std::size_t>(more));
  }
  std::string wanted;
  for (int number = 0; wanted.size() < kept; ++number) {
    wanted += numbered(number);
  }
  EXPECT_TRUE(got == wanted);
  out.write("and on\n");
  ASSERT_EQ(::read(ends[0], some.data(), some.size()), 7);
  EXPECT_EQ(std::string_view(some.data(), 7), "and on\n");
  EXPECT_EQ(out.lost(), lost);
}

TEST_P(Outlet, AReaderThatHasGoneEndsNothing) {
  ::close(ends[0]);
  outlet out(ends[1]);
  for (int number = 0; number < 10; ++number) {
    out.write(numbered(number));
  }
  EXPECT_EQ(out.lost(), 10U);
  ends[0] = ::dup(ends[1]);  // to be closed
}

TEST_P(Outlet, AReaderThatGoesWhileLinesWaitLosesThem) {
  outlet out(ends[1]);
  const std::uint64_t lost = fill(out);
  ::close(ends[0]);
  while (out.lost() == lost) {
    std::this_thread::yield();
  }
  ends[0] = ::dup(ends[1]);
}

TEST_P(Outlet, ItsEndIsNotHeldUpByWhoDoesNotRead) {
  outlet out(ends[1]);
  EXPECT_GT(fill(out), 0U);
}

TEST(OutletOfManyThreads, EachLineIsWhole) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  std::string got;
  std::thread reader([&] {
    std::array<char, 4'096> some{};
    for (ssize_t more = ::read(ends[0], some.data(), some.size()); more > 0;
         more = ::read(ends[0], some.data(), some.size())) {
      got.append(some.data(), static_cast<std::size_t>(more));
    }
  });
  std::uint64_t lost = 0;
  {
    outlet out(ends[1]);
    std::array<std::thread, 4> writers;
    for (std::thread& writer : writers) {
      writer = std::thread([&out] { fill_some(out); });
    }
    for (std::thread& writer : writers) {
      writer.join();
    }
    lost = out.lost();
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(got.size() % numbered(0).size(), 0U);
  for (std::size_t at = 0; at + numbered(0).size() <= got.size(); at += numbered(0).size()) {
    const std::string line = got.substr(at, numbered(0).size());
    EXPECT_EQ(line, numbered(std::stoi(line)));
  }
  EXPECT_LE(got.size() / numbered(0).size() + lost, 400U);
}

}  // namespace
}  // namespace c2c::log
