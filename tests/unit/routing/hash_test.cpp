#include "routing/hash.hpp"

#include <gtest/gtest.h>

namespace c2c::routing {
namespace {

std::vector<destination> set_of(std::initializer_list<std::pair<const char*, bool>> rows) {
  std::vector<destination> out;
  for (const auto& [host, usable] : rows) {
    out.push_back({.host = host, .flags = usable ? "AX" : "IX", .usable = usable});
  }
  return out;
}

// Computed by Kamailio itself, with dispatcher.hash.
TEST(KamailioHash, IsKamailiosOwn) {
  EXPECT_EQ(kamailio_hash("1"), 55U);
  EXPECT_EQ(kamailio_hash("2"), 52U);
  EXPECT_EQ(kamailio_hash("10"), 14'109U);
  EXPECT_EQ(kamailio_hash("123"), 3'611'919U);
  EXPECT_EQ(kamailio_hash("1234"), 924'651'761U);
  EXPECT_EQ(kamailio_hash("12345"), 924'651'812U);
}

TEST(OrderByHash, BeginsAtTheHashModuloTheCountAndGoesRound) {
  const auto all = set_of({{"a", true}, {"b", true}, {"c", true}});
  EXPECT_EQ(order_by_hash(all, 1), (servers{"b", "c", "a"}));   // 55 % 3 = 1
  EXPECT_EQ(order_by_hash(all, 10), (servers{"a", "b", "c"}));  // 14109 % 3 = 0
}

TEST(OrderByHash, CountsUnusableDestinationsButPassesOverThem) {
  // 55 % 4 = 3: with the unusable one left out of the count it would be 1.
  EXPECT_EQ(order_by_hash(set_of({{"a", true}, {"b", false}, {"c", true}, {"d", true}}), 1), (servers{"d", "a", "c"}));
  EXPECT_EQ(order_by_hash(set_of({{"a", true}, {"b", false}, {"c", true}, {"d", false}}), 1), (servers{"a", "c"}));
}

TEST(OrderByHash, NamesNoHostTwice) {
  EXPECT_EQ(order_by_hash(set_of({{"a", true}, {"b", true}, {"a", true}}), 1), (servers{"b", "a"}));
}

TEST(OrderByHash, OfNothingUsableIsNothing) {
  EXPECT_TRUE(order_by_hash({}, 1).empty());
  EXPECT_TRUE(order_by_hash(set_of({{"a", false}}), 1).empty());
}

}  // namespace
}  // namespace c2c::routing
