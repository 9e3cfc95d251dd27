#include "call/dial_pattern.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::call {
namespace {

TEST(DialPattern, ANumberStandsForItselfAlone) {
  EXPECT_TRUE(matches("112", "112"));
  EXPECT_FALSE(matches("112", "1123"));
  EXPECT_FALSE(matches("112", "11"));
  EXPECT_FALSE(matches("112", "X12"));
}

TEST(DialPattern, EachPlaceTakesWhatAsteriskTakes) {
  for (const char digit : std::string("0123456789")) {
    const std::string one(1, digit);
    EXPECT_TRUE(matches("_X", one));
    EXPECT_TRUE(matches("_x", one));
    EXPECT_EQ(matches("_Z", one), digit >= '1');
    EXPECT_EQ(matches("_n", one), digit >= '2');
    EXPECT_EQ(matches("_[13-5]", one), digit == '1' || (digit >= '3' && digit <= '5'));
  }
  for (const auto* const sign : {"+", "*", "#"}) {
    EXPECT_FALSE(matches("_X", sign));
    EXPECT_TRUE(matches(std::string("_") + sign, sign));
  }
  EXPECT_TRUE(matches("_[*#]1", "#1"));
}

TEST(DialPattern, ADotIsOneOrMoreAndAnExclamationMarkAnyNumber) {
  EXPECT_FALSE(matches("_00.", "00"));
  EXPECT_TRUE(matches("_00.", "001"));
  EXPECT_TRUE(matches("_00.", "00+*#"));
  EXPECT_TRUE(matches("_00!", "00"));
  EXPECT_TRUE(matches("_00!", "00123"));
  EXPECT_FALSE(matches("_00!", "0"));
}

TEST(DialPattern, TheWholeDestinationHasToBeTaken) {
  EXPECT_TRUE(matches("_9XX", "912"));
  EXPECT_FALSE(matches("_9XX", "9123"));
  EXPECT_FALSE(matches("_9XX", "91"));
  EXPECT_FALSE(matches("_9XX", ""));
}

TEST(DialPattern, WhatIsNoPatternIsRefused) {
  for (const auto* const right :
       {"112", "*69", "#1", "+34900", "_X", "_X.", "_!", "_.", "_[1-3]", "_[*#0-9]XX", "_+34[67]."}) {
    EXPECT_TRUE(valid_dial_pattern(right)) << right;
  }
  for (const auto* const wrong : {"", "_", "X", "12a", "1.", "_1.2", "_1!.", "_[", "_[]", "_[3-1]", "_[1-]", "_[-1]",
                                  "_[1-3", "_]", "_a", "__X", "_1 2", "_1,2"}) {
    EXPECT_FALSE(valid_dial_pattern(wrong)) << wrong;
  }
  EXPECT_TRUE(valid_dial_pattern(std::string(80, '1')));
  EXPECT_FALSE(valid_dial_pattern(std::string(81, '1')));
}

TEST(DestinationPolicy, AllowsAllWhereNothingIsSaid) {
  EXPECT_TRUE(destination_policy{}.allows("0015551234"));
}

TEST(DestinationPolicy, WithAListOfAllowedOnesNoOthersAre) {
  const destination_policy policy{.allow = {"_[67]XXXXXXXX", "112"}, .deny = {}};
  EXPECT_TRUE(policy.allows("612345678"));
  EXPECT_TRUE(policy.allows("112"));
  EXPECT_FALSE(policy.allows("0015551234"));
}

TEST(DestinationPolicy, WhatIsDeniedIsSoWhateverIsAllowed) {
  const destination_policy policy{.allow = {"_."}, .deny = {"_00."}};
  EXPECT_TRUE(policy.allows("612345678"));
  EXPECT_FALSE(policy.allows("0015551234"));
}

}  // namespace
}  // namespace c2c::call
