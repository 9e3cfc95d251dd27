#include "client/nearest.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace c2c::client {

TEST(Nearest, ForgivesOneLetterInThree) {
  const std::vector<std::string> all{"call", "status", "hangup", "--detach", "--json"};
  EXPECT_EQ(nearest("cal", all), "call");
  EXPECT_EQ(nearest("clal", all), "call") << "two letters swapped are one slip";
  EXPECT_EQ(nearest("STATUS", all), "status");
  EXPECT_EQ(nearest("hang-up", all), "hangup");
  EXPECT_EQ(nearest("--detatch", all), "--detach");
  EXPECT_EQ(nearest("dial", all), "");
  EXPECT_EQ(nearest("", all), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), all), "");
}

}  // namespace c2c::client
