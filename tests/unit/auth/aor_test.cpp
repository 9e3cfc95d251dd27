#include "auth/aor.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::auth {
namespace {

void expect_refused(std::string_view text) {
  const auto parsed = parse_aor(text);
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error().code, errc::invalid_aor);
}

TEST(Aor, SplitsAtTheLastAt) {
  const auto parsed = parse_aor("alice@home@example.com");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text, "alice@home@example.com");
  EXPECT_EQ(parsed->user, "alice@home");
  EXPECT_EQ(parsed->realm, "example.com");
}

TEST(Aor, NeedsBothParts) {
  for (const char* text : {"", "@", "alice", "alice@", "@example.com"}) {
    expect_refused(text);
  }
}

TEST(Aor, HasNoSpaceAndNoControlCharacter) {
  for (const char bad : {' ', '\r', '\n', '\t', '\x01', '\x7f'}) {
    expect_refused(std::string("ali") + bad + "ce@example.com");
    expect_refused(std::string("alice@exam") + bad + "ple.com");
    expect_refused(std::string("alice@example.com") + bad);
  }
  expect_refused(std::string_view("al\0ice@example.com", 18));
}

TEST(Aor, LetsNonAsciiBytesThroughForTheDirectoryToRefuse) {
  const auto parsed = parse_aor("alic\xc3\xa9@example.com");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->user, "alic\xc3\xa9");
}

TEST(Aor, HasAtMost255Bytes) {
  const std::string realm = "@example.com";
  EXPECT_TRUE(parse_aor(std::string(255 - realm.size(), 'a') + realm));
  expect_refused(std::string(256 - realm.size(), 'a') + realm);
}

}  // namespace
}  // namespace c2c::auth
