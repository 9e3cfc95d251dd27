// What config.yml says of how often, and where to, calls may be placed.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "config/config.hpp"

namespace c2c::config {
namespace {

std::expected<config, std::vector<problem>> parse_with(std::string_view more) {
  return parse(std::string(R"(digest: {secret: 9f2c6a0d4b7e11c8}
db: {driver: sqlite}
ami: {user: c2c, secret: asterisk}
routing: {application_servers: [127.0.0.1]}
)")
                   .append(more));
}

std::string throttle_mistake(std::string_view more) {
  const auto got = parse_with(more);
  return got || got.error().size() != 1 ? "not one mistake" : got.error().front().text;
}

TEST(ThrottleConfig, HasDefaultsThatNobodyMeetsByClicking) {
  const auto got = parse_with("");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->throttle.requests_per_address, 1'200U);
  EXPECT_EQ(got->throttle.calls_per_terminal, 120U);
  EXPECT_EQ(got->throttle.wrong_digests, 10U);
  EXPECT_TRUE(got->call.allow.empty());
  EXPECT_TRUE(got->call.deny.empty());
}

TEST(ThrottleConfig, IsReadWhole) {
  const auto got = parse_with(
      "throttle: {requests_per_address: 60, calls_per_terminal: 0, wrong_digests: 3}\n"
      "call: {allow: [\"_[67]X.\", \"112\"], deny: [_00.]}\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->throttle.requests_per_address, 60U);
  EXPECT_EQ(got->throttle.calls_per_terminal, 0U);
  EXPECT_EQ(got->throttle.wrong_digests, 3U);
  EXPECT_EQ(got->call.allow, (std::vector<std::string>{"_[67]X.", "112"}));
  EXPECT_EQ(got->call.deny, (std::vector<std::string>{"_00."}));
}

TEST(ThrottleConfig, SaysWhichPatternIsNone) {
  EXPECT_TRUE(throttle_mistake("call: {deny: [\"_00.\", \"00*a\"]}\n")
                  .contains("call.deny: \"00*a\" must be a number or a pattern"));
  EXPECT_TRUE(throttle_mistake("call: {allow: [\"_1.2\"]}\n").contains("call.allow"));
}

TEST(ThrottleConfig, RefusesANegativeLimit) {
  EXPECT_TRUE(throttle_mistake("throttle: {wrong_digests: -1}\n").contains("throttle.wrong_digests"));
}

}  // namespace
}  // namespace c2c::config
