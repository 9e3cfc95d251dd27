#include "net/gate.hpp"

#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

namespace c2c::net {
namespace {

// Enters, notes its turn and stays inside until it is told to leave.
struct visitor {
  std::shared_ptr<gate> door;
  std::shared_ptr<timer> leave;
  std::shared_ptr<std::vector<int>> order;
  steady_time deadline = steady_time::max();
};

task<void> visit(visitor who, int number) {
  const auto pass = co_await gate::enter(who.door, who.deadline);
  if (!pass) {
    who.order->push_back(pass.error().code == errc::overloaded ? -1 : -2);
    co_return;
  }
  who.order->push_back(number);
  co_await who.leave->async_wait(as_result);
}

class Gate : public testing::Test {
 protected:
  void spawn(int number, steady_time deadline = steady_time::max()) {
    visitor who{.door = door, .leave = leave, .order = order, .deadline = deadline};
    asio::co_spawn(io, visit(std::move(who), number), asio::detached);
  }

  asio::io_context io{1};
  std::shared_ptr<gate> door = std::make_shared<gate>(io.get_executor(), 2, 3);
  std::shared_ptr<timer> leave = std::make_shared<timer>(io, steady_time::max());
  std::shared_ptr<std::vector<int>> order = std::make_shared<std::vector<int>>();
};

TEST_F(Gate, LetsSoManyInAndTheOthersInTheirOrder) {
  for (int i = 1; i <= 5; ++i) {
    spawn(i);
  }
  io.poll();
  EXPECT_EQ(*order, (std::vector<int>{1, 2}));
  EXPECT_EQ(door->waiting(), 3U);
  leave->cancel();
  io.poll();
  EXPECT_EQ(*order, (std::vector<int>{1, 2, 3, 4}));
  leave->cancel();
  io.poll();
  leave->cancel();
  io.poll();
  EXPECT_EQ(*order, (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(door->inside(), 0U);
}

TEST_F(Gate, TurnsAwayWhoeverDoesNotFitTheQueue) {
  for (int i = 1; i <= 6; ++i) {
    spawn(i);
  }
  io.poll();
  EXPECT_EQ(*order, (std::vector<int>{1, 2, -1}));
}

TEST_F(Gate, NobodyWaitsPastItsDeadline) {
  spawn(1);
  spawn(2);
  spawn(3, steady_clock::now());
  io.restart();
  while (order->size() < 3) {
    io.run_one();
  }
  EXPECT_EQ(*order, (std::vector<int>{1, 2, -2}));
  EXPECT_EQ(door->waiting(), 0U);
}

TEST_F(Gate, AWaiterThatIsCancelledLeavesTheQueue) {
  spawn(1);
  spawn(2);
  asio::cancellation_signal cancel;
  visitor who{.door = door, .leave = leave, .order = order};
  asio::co_spawn(io, visit(std::move(who), 3), asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  spawn(4);
  io.poll();
  cancel.emit(asio::cancellation_type::terminal);
  io.poll();
  EXPECT_EQ(door->waiting(), 1U);
  leave->cancel();
  io.poll();
  EXPECT_EQ(order->back(), 4);
  EXPECT_EQ(door->inside(), 1U);
}

TEST(GateLife, EndsCleanlyWithItsContext) {
  auto order = std::make_shared<std::vector<int>>();
  {
    asio::io_context io(1);
    auto door = std::make_shared<gate>(io.get_executor(), 1, 10);
    auto leave = std::make_shared<timer>(io, steady_time::max());
    for (int i = 1; i <= 4; ++i) {
      visitor who{.door = door, .leave = leave, .order = order};
      asio::co_spawn(io, visit(std::move(who), i), asio::detached);
    }
    io.poll();
  }
  EXPECT_EQ(*order, (std::vector<int>{1}));
}

}  // namespace
}  // namespace c2c::net
