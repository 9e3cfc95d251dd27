#include "client/number.hpp"

#include <gtest/gtest.h>

namespace c2c::client {

TEST(Number, LosesWhatIsWrittenForTheEyeOnly) {
  EXPECT_EQ(to_destination("+34 900 000 000"), "+34900000000");
  EXPECT_EQ(to_destination("(944) 12-34-56"), "944123456");
  EXPECT_EQ(to_destination("944.12/34\t56 "), "944123456");
  EXPECT_EQ(to_destination("*98"), "*98");
}

TEST(Number, LosesTheSpacesDashesAndMarksThatWebPagesUse) {
  EXPECT_EQ(to_destination("\u202a+34\u00a0900\u2011000\u2013000\u202c"), "+34900000000");
  EXPECT_EQ(to_destination("\ufeff900\u202f00\u2060\u00ad00\u200b\u2069"), "9000000");
}

TEST(Number, RefusesLettersAndNamesThem) {
  const auto letters = to_destination("900 FLOWERS");
  ASSERT_FALSE(letters.has_value());
  EXPECT_NE(letters.error().find("\"F\""), std::string::npos);
  const auto hash = to_destination("*21#");
  ASSERT_FALSE(hash.has_value());
  EXPECT_NE(hash.error().find("\"#\""), std::string::npos);
}

TEST(Number, NeverRepeatsWhatCouldSteerATerminal) {
  for (const char* text : {"9\x1b[31m", "9\x7f", "9\u00e9", "9\xff", "9\u0663", "9\xe2\x80"}) {
    const auto refused = to_destination(text);
    ASSERT_FALSE(refused.has_value()) << text;
    for (const char c : refused.error()) {
      EXPECT_TRUE(c >= 0x20 && c < 0x7f) << refused.error();
    }
  }
}

TEST(Number, HasOneToFortyDigits) {
  EXPECT_FALSE(to_destination("").has_value());
  EXPECT_FALSE(to_destination(" ( ) - ").has_value());
  EXPECT_EQ(to_destination(std::string(40, '1')), std::string(40, '1'));
  EXPECT_FALSE(to_destination(std::string(41, '1')).has_value());
  EXPECT_EQ(to_destination(std::string(40, '1') + std::string(100, ' ')), std::string(40, '1'));
  EXPECT_FALSE(to_destination(std::string(2000, ' ') + "1").has_value());
}

}  // namespace c2c::client
