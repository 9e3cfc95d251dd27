#include "asterisk/message.hpp"

#include <gtest/gtest.h>

namespace c2c::asterisk {
namespace {

TEST(Message, FindsAHeaderWhateverItsCase) {
  const message it("Event: DialBegin\r\nDestUniqueid: abc\r\n");
  EXPECT_EQ(it.get("destuniqueid"), "abc");
  EXPECT_EQ(it.get("EVENT"), "DialBegin");
}

TEST(Message, TheFirstOfTwoHeadersWins) {
  EXPECT_EQ(message("Variable: one\r\nVariable: two\r\n").get("Variable"), "one");
}

TEST(Message, TakesBlanksAndLineEndsOffAValue) {
  EXPECT_EQ(message("A:   x y \t\r\n").get("A"), "x y");
  EXPECT_EQ(message("A:x\nB: y").get("A"), "x");
  EXPECT_EQ(message("A:x\nB: y").get("B"), "y");
  EXPECT_EQ(message("A:  \r\n").get("A"), "");
}

TEST(Message, DoesNotTakeAPartOfANameOrAValueForAHeader) {
  const message it("DestUniqueid: 1\r\nNote: Uniqueid: 2\r\nUniqueidX: 3\r\n");
  EXPECT_EQ(it.get("Uniqueid"), "");
  EXPECT_EQ(message("").get("A"), "");
}

TEST(Message, AnEventThatCarriesAResponseHeaderIsAnEvent) {
  const message event("Event: OriginateResponse\r\nResponse: Failure\r\n");
  EXPECT_TRUE(event.is_event());
  EXPECT_FALSE(message("Response: Success\r\n").is_event());
}

}  // namespace
}  // namespace c2c::asterisk
