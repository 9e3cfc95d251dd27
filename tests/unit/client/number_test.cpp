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

TEST(Number, LosesTheZeroThatIsDialledWithinTheCountryOnly) {
  for (const char* text : {"+34(0)944100200", "+34 (0) 944 100 200", "+34 (0)944-100-200", "(+34) (0) 944 100 200"}) {
    EXPECT_EQ(to_destination(text), "+34944100200") << text;
  }
  EXPECT_EQ(to_destination("0034 (0) 944 100 200"), "0034944100200");
  EXPECT_EQ(to_destination("+49 (721) 12345"), "+4972112345");
  EXPECT_EQ(to_destination("+39 (06) 1234567"), "+39061234567") << "Italy's numbers keep their 0";
}

TEST(Number, IsRefusedWhereAZeroMayOrMayNotBeDialled) {
  for (const char* text : {"(0)944100200", "944(0)100200", "+39(0)61234567", "+3494(0)4100200", "+44 (020) 79460000",
                           "+34900000000(0)", "+(0)34900000000"}) {
    EXPECT_FALSE(to_destination(text).has_value()) << text;
  }
}

TEST(Number, IsRefusedWhereItMayBeAnother) {
  for (const char* text : {"++34900000000",
                           "+",
                           "+ ",
                           "34+900000000",
                           "+34900000000 +34900000001",
                           "+0034900000000",
                           "+1234567890123456",
                           "+34*900",
                           "-5",
                           "\u20135",
                           ".5",
                           "/5",
                           "(-5)",
                           "900 000-",
                           "900 000/",
                           "944100200/944100201",
                           "944100200 / 944100201",
                           "(944",
                           "944)",
                           "((944))",
                           "900000000\n900000001",
                           "900\r\n000",
                           "9\u2028000"}) {
    const auto out = to_destination(text);
    EXPECT_FALSE(out.has_value()) << text << " was " << out.value_or("");
  }
  EXPECT_TRUE(to_destination("900\n000").error().contains("line break"));
  EXPECT_TRUE(to_destination("944100200/944100201").error().contains("two numbers"));
  EXPECT_EQ(to_destination(" 900000000\r\n"), "900000000") << "a line's end is no other number";
  EXPECT_EQ(to_destination("+123456789012345"), "+123456789012345");
  EXPECT_EQ(to_destination("*21*600"), "*21*600");
}

TEST(Number, IsTakenFromATelAddress) {
  EXPECT_EQ(to_destination("tel:+34900000000"), "+34900000000");
  EXPECT_EQ(to_destination("TEL:+34-900-000.000"), "+34900000000");
  EXPECT_EQ(to_destination("tel:+1-(201)-555-0123"), "+12015550123");
  EXPECT_EQ(to_destination("tel:101"), "101");
  EXPECT_EQ(to_destination("tel:+34900000000;rn=+34600;NPDI"), "+34900000000") << "RFC 4694: may be ignored";
  EXPECT_EQ(to_destination("tel:+34900000000;phone-context=pbx.example.com"), "+34900000000");
}

TEST(Number, ATelAddressThatSaysMoreThanTheNumberIsRefusedInWords) {
  EXPECT_TRUE(to_destination("tel:+34900000000;ext=12").error().contains("extension"));
  EXPECT_TRUE(to_destination("tel:+34900000000;EXT=12").error().contains("extension"));
  EXPECT_TRUE(to_destination("tel:+34900000000;isub=12").error().contains("extension"));
  EXPECT_TRUE(to_destination("tel:101;phone-context=+34-900").error().contains("phone-context"));
  EXPECT_TRUE(to_destination("tel:101;phone-context=pbx.example.com").error().contains("phone-context"));
  EXPECT_TRUE(to_destination("tel:+34900000000;m-secret=1").error().contains("parameter"));
  for (const char* text : {"tel:", "tel:;ext=1", "tel:%2B34900000000", "tel:+34900000000;", "tel:tel:1", "sip:101@h",
                           "tel://+34900000000", "+34900000000;ext=12"}) {
    EXPECT_FALSE(to_destination(text).has_value()) << text;
  }
}

}  // namespace c2c::client
