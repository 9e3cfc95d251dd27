#include "asterisk/action.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::asterisk {
namespace {

std::string encoded(const action& what) {
  const auto bytes = what.encode("id-1");
  return bytes ? *bytes : "fault: " + bytes.error().detail;
}

TEST(Action, IsItsHeadersInOrderThenItsIdAndABlankLine) {
  EXPECT_EQ(encoded(action("Originate").add("Channel", "Local/1@a/n").variable("A", "1").variable("EMPTY", "")),
            "Action: Originate\r\nChannel: Local/1@a/n\r\nVariable: A=1\r\nVariable: EMPTY=\r\nActionID: id-1\r\n\r\n");
}

TEST(Action, CannotBeMadeToCarryASecondLine) {
  for (const std::string& bad : std::vector<std::string>{std::string("a\r\nAction: Command"), std::string("a\nb"),
                                                         std::string("a\rb"), std::string("a\0b", 3)}) {
    EXPECT_EQ(action("Ping").add("Exten", bad).encode("1").error().code, errc::malformed);
    EXPECT_EQ(action("Ping").add(bad, "x").encode("1").error().code, errc::malformed);
    EXPECT_EQ(action("Ping").variable("V", bad).encode("1").error().code, errc::malformed);
    EXPECT_EQ(action("Ping").variable(bad, "x").encode("1").error().code, errc::malformed);
    EXPECT_EQ(action(bad).encode("1").error().code, errc::malformed);
    EXPECT_EQ(action("Ping").encode(bad).error().code, errc::malformed);
  }
}

TEST(Action, NeverSaysAFaultyValueAloud) {
  const auto bytes = action("Login").add("Secret", "hush\n").encode("1");
  ASSERT_FALSE(bytes);
  EXPECT_NE(bytes.error().detail.find("Secret"), std::string::npos);
  EXPECT_EQ(bytes.error().detail.find("hush"), std::string::npos);
}

TEST(Action, KeepsTheFirstFaultThroughLaterGoodHeaders) {
  EXPECT_EQ(encoded(action("Ping").add("A:B", "x").add("", "y").add("Good", "z")),
            "fault: header A:B has a name that AMI cannot carry");
}

TEST(Action, RefusesWhatAsteriskWouldSplitOrUnquoteInAVariable) {
  for (const std::string& bad : std::vector<std::string>{"a,B=2", "say \"x\"", "a\\b"}) {
    EXPECT_EQ(action("Originate").variable("V", bad).encode("1").error().code, errc::malformed) << bad;
  }
  EXPECT_EQ(action("Originate").variable("A=B", "1").encode("1").error().code, errc::malformed);
  EXPECT_EQ(action("Originate").variable("", "1").encode("1").error().code, errc::malformed);
}

TEST(Action, HoldsALineOfExactly1024BytesAndNoneLonger) {
  const std::string longest(1024 - std::string("A: \r\n").size(), 'x');
  EXPECT_TRUE(action("Ping").add("A", longest).encode("1"));
  EXPECT_EQ(action("Ping").add("A", longest + "x").encode("1").error().code, errc::malformed);
}

TEST(Action, HoldsAsManyHeadersAsAsteriskReads) {
  action what("Originate");
  for (int i = 0; i < 126; ++i) {
    what.add("V", "1");
  }
  EXPECT_TRUE(what.encode("1"));  // with the action's name and its id: 128
  EXPECT_EQ(what.add("V", "1").encode("1").error().code, errc::malformed);
}

TEST(Action, DoesNotLetTheCallerChooseItsId) {
  EXPECT_EQ(action("Ping").add("actionid", "mine").encode("1").error().code, errc::malformed);
}

}  // namespace
}  // namespace c2c::asterisk
