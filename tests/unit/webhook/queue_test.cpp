#include "webhook/queue.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::webhook {
namespace {

call_change change(const std::string& iden, unsigned number) {
  call_change out;
  out.iden = iden;
  out.number = number;
  return out;
}

// What is left in all lanes, "iden/number" each.
std::vector<std::string> left(queue& queue, std::size_t lanes) {
  std::vector<std::string> out;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    while (const auto next = queue.take(lane)) {
      out.push_back(next->change.iden + "/" + std::to_string(next->change.number));
    }
  }
  return out;
}

TEST(WebhookQueue, KeepsTheChangesOfOneCallInOneLaneInTheirOrder) {
  queue queue(100, 8);
  const auto lane = queue.push(change("a", 1), {}).lane;
  for (unsigned number = 2; number <= 5; ++number) {
    EXPECT_EQ(queue.push(change("a", number), {}).lane, lane);
  }
  for (unsigned number = 1; number <= 5; ++number) {
    EXPECT_EQ(queue.take(lane)->change.number, number);
  }
}

TEST(WebhookQueue, UsesAllItsLanes) {
  queue queue(1'000, 4);
  std::vector<unsigned> used(4);
  for (int i = 0; i < 400; ++i) {
    ++used[queue.push(change("iden" + std::to_string(i), 1), {}).lane];
  }
  for (const unsigned each : used) {
    EXPECT_GT(each, 0U);
  }
}

TEST(WebhookQueue, WakesALaneOnceUntilItRests) {
  queue queue(10, 1);
  EXPECT_FALSE(queue.busy());
  EXPECT_TRUE(queue.push(change("a", 1), {}).wake);
  EXPECT_FALSE(queue.push(change("a", 2), {}).wake);
  EXPECT_TRUE(queue.take(0));
  EXPECT_TRUE(queue.take(0));
  EXPECT_TRUE(queue.busy()) << "the last is with its sender";
  EXPECT_FALSE(queue.take(0));
  EXPECT_FALSE(queue.busy());
  EXPECT_TRUE(queue.push(change("a", 3), {}).wake);
}

TEST(WebhookQueue, WakesALaneAgainWhoseSenderCouldNotBeStarted) {
  queue queue(10, 1);
  EXPECT_TRUE(queue.push(change("a", 1), {}).wake);
  queue.rest(0);
  EXPECT_TRUE(queue.push(change("a", 2), {}).wake);
}

TEST(WebhookQueue, DropsTheOldestOfAllLanesWhenFull) {
  queue queue(3, 8);
  for (const char* iden : {"a", "b", "c"}) {
    EXPECT_FALSE(queue.push(change(iden, 1), {}).dropped);
  }
  EXPECT_TRUE(queue.push(change("c", 2), {}).dropped);
  EXPECT_TRUE(queue.push(change("c", 3), {}).dropped);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(left(queue, 8), (std::vector<std::string>{"c/1", "c/2", "c/3"}));
}

TEST(WebhookQueue, IsEmptyOnceCleared) {
  queue queue(10, 8);
  queue.push(change("a", 1), {});
  queue.push(change("b", 1), {});
  EXPECT_EQ(queue.clear(), 2U);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_TRUE(left(queue, 8).empty());
}

}  // namespace
}  // namespace c2c::webhook
