#include "api/messages.hpp"

#include <gtest/gtest.h>

namespace c2c::api {
namespace {

TEST(Messages, ReadsEveryFieldOfACall) {
  const auto read = parse_message(
      R"({"aor":"alice@127.0.0.1","nonce":"n","response":"r","destination":"+34","iden":"i","maxDuration":1000,)"
      R"("dialTimeout":20,"optimize":true})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->aor, "alice@127.0.0.1");
  EXPECT_EQ(read->nonce, "n");
  EXPECT_EQ(read->response, "r");
  EXPECT_EQ(read->destination, "+34");
  EXPECT_EQ(read->iden, "i");
  EXPECT_EQ(read->max_duration_ms, 1000);
  EXPECT_EQ(read->dial_timeout_s, 20);
  EXPECT_EQ(read->optimize, true);
}

TEST(Messages, IsAsLenientAsTheReference) {
  EXPECT_EQ(parse_message(R"({"AOR":"a@b"})")->aor, "a@b") << "keys match whatever their case";
  EXPECT_EQ(parse_message(R"({"aor":"x@y","aor":"a@b"})")->aor, "a@b") << "the last of a repeated key counts";
  EXPECT_EQ(parse_message(R"({"aor":"a@b"} and then some)")->aor, "a@b") << "what follows is ignored";
  EXPECT_EQ(parse_message(R"({"aor":"a@b"}{"aor":"c@d"})")->aor, "a@b");
  EXPECT_EQ(parse_message("  {\"aor\":\"a@b\"}\r\n")->aor, "a@b");
  EXPECT_EQ(parse_message(R"({"other":[1,{"aor":"no"}],"aor":"a@b","more":{"aor":5}})")->aor, "a@b");
  EXPECT_EQ(parse_message(R"({"aor":null,"maxDuration":null})")->aor, "");
  EXPECT_FALSE(parse_message(R"({"maxDuration":null})")->max_duration_ms);
  EXPECT_EQ(parse_message("null")->aor, "");
  EXPECT_EQ(parse_message(R"({"aor":"\u0061@\u00e9"})")->aor, "a@\xc3\xa9");
}

TEST(Messages, RefusesWhatIsNoObject) {
  for (const std::string_view text :
       {"", " ", "{", "[]", "[{}]", "\"x\"", "7", "7 ", "true", "{\"aor\"}", "{'aor':1}", "nul", "{\"aor\":\"a\"",
        "\xff", "{\"aor\":\"\xff\"}", "// x\n{}", "{\"a\":1,}"}) {
    const auto read = parse_message(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, errc::invalid_json);
  }
}

TEST(Messages, RefusesAKnownKeyWithAValueOfAnotherType) {
  for (const std::string_view text :
       {R"({"aor":1})", R"({"aor":true})", R"({"aor":["a"]})", R"({"aor":{}})", R"({"maxDuration":"1"})",
        R"({"maxDuration":1.5})", R"({"maxDuration":1e3})", R"({"dialTimeout":true})", R"({"optimize":1})",
        R"({"optimize":"true"})", R"({"maxDuration":18446744073709551615})",
        R"({"maxDuration":9223372036854775808})"}) {
    EXPECT_FALSE(parse_message(text)) << text;
  }
}

TEST(Messages, BoundsTheNesting) {
  const std::string deep = R"({"x":)" + std::string(31, '[') + std::string(31, ']') + "}";
  EXPECT_TRUE(parse_message(deep));
  const std::string deeper = R"({"x":)" + std::string(32, '[') + std::string(32, ']') + "}";
  EXPECT_FALSE(parse_message(deeper));
}

TEST(Messages, WritesTheAnswersOfTheSeed) {
  EXPECT_EQ(challenge_body("1.2.3", "example.com"), "{\"nonce\":\"1.2.3\",\"realm\":\"example.com\"}\n");
  EXPECT_EQ(challenge_body("1", "a\"b\\c"), "{\"nonce\":\"1\",\"realm\":\"a\\\"b\\\\c\"}\n");
  EXPECT_EQ(call_body("abc", ""), "{\"iden\":\"abc\"}\n");
  EXPECT_EQ(call_body("abc", "1.2.3"), "{\"iden\":\"abc\",\"ticket\":\"1.2.3\"}\n");
}

}  // namespace
}  // namespace c2c::api
