#include "net/spawn.hpp"

#include <stdexcept>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace c2c::net {
namespace {

task<void> throws() {
  throw std::runtime_error("a bug");
  co_return;
}

class Unexpected : public testing::Test {
 protected:
  std::uint64_t noted() const { return unexpected_count() - before; }

  asio::io_context context{1};
  const std::uint64_t before = unexpected_count();
};

TEST_F(Unexpected, WhatACoroutineThrowsIsCountedAndEndsNothingElse) {
  bool after = false;
  spawn(context.get_executor(), "a test", throws());
  asio::post(context, [&after] { after = true; });
  context.run();
  EXPECT_TRUE(after);
  EXPECT_EQ(noted(), 1U);
}

TEST_F(Unexpected, TheLoopGoesOnPastWhatAHandlerThrows) {
  bool after = false;
  asio::post(context, [] { throw std::runtime_error("a bug"); });
  asio::post(context, [] { throw 7; });
  asio::post(context, [&after] { after = true; });
  run(context);
  EXPECT_TRUE(after);
  EXPECT_EQ(noted(), 2U);
}

TEST_F(Unexpected, WhatHasToGoOnBeginsAnewUntilItEndsByItself) {
  int begun = 0;
  spawn_lasting(context.get_executor(), "a test", [&begun]() -> task<void> {
    if (++begun == 1) {
      return throws();
    }
    return [](int) -> task<void> { co_return; }(begun);
  });
  context.run();
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(noted(), 1U);
}

TEST_F(Unexpected, WhatThrowsBeforeItsFirstStepBeginsAnewAsWell) {
  int begun = 0;
  spawn_lasting(context.get_executor(), "a test", [&begun]() -> task<void> {
    if (++begun == 1) {
      throw std::runtime_error("no memory for a coroutine");
    }
    return [](int) -> task<void> { co_return; }(begun);
  });
  context.run();
  EXPECT_EQ(begun, 2);
}

}  // namespace
}  // namespace c2c::net
