#include "redis/sentinel.hpp"

#include <gtest/gtest.h>

namespace c2c::redis {
namespace {

answer list(std::vector<std::string> items) {
  answer out;
  out.type = answer::kind::list;
  out.items = std::move(items);
  return out;
}

TEST(Sentinel, TellsWhereTheMasterIs) {
  const auto where = master_of(list({"192.0.2.7", "6380"}));
  ASSERT_TRUE(where);
  EXPECT_EQ(where->host, "192.0.2.7");
  EXPECT_EQ(where->port, 6380);
  EXPECT_TRUE(master_of(list({"redis-1.example.com", "6379"})));
  EXPECT_TRUE(master_of(list({"2001:db8::1", "6379"})));
}

TEST(Sentinel, WhatIsNoAddressIsNotBelieved) {
  for (const auto& items : std::vector<std::vector<std::string>>{{},
                                                                 {"192.0.2.7"},
                                                                 {"192.0.2.7", "6380", "x"},
                                                                 {"", "6380"},
                                                                 {"a b", "6380"},
                                                                 {"a\r\nb", "6380"},
                                                                 {"192.0.2.7", "0"},
                                                                 {"192.0.2.7", "65536"},
                                                                 {"192.0.2.7", "80x"},
                                                                 {std::string(256, 'a'), "80"}}) {
    EXPECT_FALSE(master_of(list(items)));
  }
}

TEST(Sentinel, SaysWhatElseItSaid) {
  EXPECT_EQ(master_of(answer()).error().detail, "it knows no master of that name");
  answer refusal;
  refusal.type = answer::kind::error;
  refusal.text = "NOAUTH Authentication required.";
  EXPECT_EQ(master_of(refusal).error().detail, "it wants a log-in of its own: set claims.sentinel_password");
}

}  // namespace
}  // namespace c2c::redis
