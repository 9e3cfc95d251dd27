#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace c2c::utf8 {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, ReadsOneCharacterOfEachLength) {
  for (const auto& [text, code, size] : {std::tuple("A"sv, U'A', 1U), std::tuple("ñx"sv, U'ñ', 2U),
                                         std::tuple("€x"sv, U'€', 3U), std::tuple("😀x"sv, U'😀', 4U)}) {
    EXPECT_EQ(first_of(text).code, code) << text;
    EXPECT_EQ(first_of(text).size, size) << text;
  }
}

TEST(Utf8, IsBrokenWhereItIsNotInItsOneForm) {
  for (const std::string_view text :
       {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv, "\xed\xa0\x80"sv, "\xf0\x80\x80\x80"sv,
        "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xff"sv}) {
    EXPECT_EQ(first_of(text).code, character::broken) << text;
  }
}

TEST(Utf8, WhatEndsTooEarlyIsBrokenAndTakesNothingOfWhatFollows) {
  for (const std::string_view text : {"\xc3"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv}) {
    const std::string more = std::string(text) + "A";
    EXPECT_EQ(first_of(text).code, character::broken);
    EXPECT_EQ(first_of(text).size, text.size());
    EXPECT_EQ(first_of(more).size, text.size());
  }
}

TEST(Utf8, NothingThatEndsALineOrMovesACursorIsPlain) {
  for (const char32_t code :
       {U'\0', U'\n', U'\x1b', U'\x7f', U'\x85', U'\x9b', U'\u2028', U'\u2029', U'\u202e', U'\u2066'}) {
    EXPECT_FALSE(is_plain(code)) << static_cast<unsigned>(code);
  }
  for (const char32_t code : {U' ', U'~', U'\xa0', U'ñ', U'€', U'😀'}) {
    EXPECT_TRUE(is_plain(code)) << static_cast<unsigned>(code);
  }
}

TEST(Utf8, IsShownInWholeCharactersUpToALimitInBytes) {
  EXPECT_EQ(printable("añb", 10), "añb");
  EXPECT_EQ(printable("añb", 2), "a") << "the next one has two bytes";
  EXPECT_EQ(printable("añb", 3), "añ");
  EXPECT_EQ(printable("a\nb\xc2\x9b"
                      "c\xff"
                      "d\xe2\x80\xa8",
                      100),
            "a?b?c?d?");
}

}  // namespace
}  // namespace c2c::utf8
