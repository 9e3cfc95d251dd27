#include "routing/answer_cache.hpp"

#include <gtest/gtest.h>

namespace c2c::routing {
namespace {

answer_cache::entry entry_of(std::uint64_t company_id, std::string host) {
  return {.company_id = company_id, .hosts = {std::move(host)}, .learnt = {}, .fresh_until = {}};
}

TEST(AnswerCache, KeepsTheLatestAnswerOfACompany) {
  answer_cache cache(10);
  EXPECT_EQ(cache.find(1), nullptr);
  cache.store(entry_of(1, "a"));
  cache.store(entry_of(1, "b"));
  ASSERT_NE(cache.find(1), nullptr);
  EXPECT_EQ(cache.find(1)->hosts, servers{"b"});
  EXPECT_EQ(cache.size(), 1U);
}

TEST(AnswerCache, TheLeastRecentlyUsedMakesRoom) {
  answer_cache cache(3);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    cache.store(entry_of(id, "a"));
  }
  EXPECT_NE(cache.find(1), nullptr);
  cache.store(entry_of(4, "a"));
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(cache.find(2), nullptr);
  EXPECT_NE(cache.find(1), nullptr);
  EXPECT_NE(cache.find(3), nullptr);
  EXPECT_NE(cache.find(4), nullptr);
}

}  // namespace
}  // namespace c2c::routing
