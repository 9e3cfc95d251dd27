#include "client/words.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace c2c::client {
namespace {

context about_a_call() {
  return {.destination = "+34900000000",
          .iden = "mine",
          .aor = "alice@example.com",
          .where = *parse_url("https://pbx.example.com:9090/c2c")};
}

refused refusal(unsigned status, std::string error = {}) {
  return {.at = step::call, .status = status, .error = std::move(error)};
}

outcome trouble_of(trouble_kind kind, bool sent = false) {
  return {failed{.at = step::call, .why = {.kind = kind, .detail = "detail", .sent = sent}}};
}

bool says(const report& said, std::string_view text) {
  return said.text.contains(text);
}

}  // namespace

TEST(Words, OfAPlacedCallAreShort) {
  const report said = describe(outcome{placed{"theirs", ""}}, about_a_call());
  EXPECT_EQ(said.code, exit_code::placed);
  EXPECT_EQ(said.text, "Calling +34900000000: your phone alice rings now. (iden theirs)");
}

TEST(Words, GiveEachRefusalItsExitCode) {
  const std::pair<unsigned, exit_code> all[] = {
      {301, exit_code::failed},       {400, exit_code::failed},  {401, exit_code::unauthorised},
      {403, exit_code::unauthorised}, {404, exit_code::failed},  {405, exit_code::failed},
      {409, exit_code::later},        {413, exit_code::failed},  {429, exit_code::later},
      {500, exit_code::failed},       {502, exit_code::backend}, {503, exit_code::backend},
      {504, exit_code::backend},
  };
  for (const auto& [status, code] : all) {
    EXPECT_EQ(describe(outcome{refusal(status)}, about_a_call()).code, code) << status;
  }
}

TEST(Words, GiveEachTroubleItsExitCode) {
  using enum trouble_kind;
  for (const trouble_kind kind : {name_not_found, client::trouble_kind::refused, unreachable, timed_out, wrong_name,
                                  untrusted, tls, broken, not_http}) {
    EXPECT_EQ(describe(trouble_of(kind), about_a_call()).code, exit_code::unreachable) << static_cast<int>(kind);
  }
  EXPECT_EQ(describe(trouble_of(too_large), about_a_call()).code, exit_code::failed);
  EXPECT_EQ(describe(trouble_of(bad_ca), about_a_call()).code, exit_code::usage);
}

TEST(Words, SayWhatToDo) {
  EXPECT_TRUE(says(describe(outcome{refusal(403)}, about_a_call()), "Check aor and password"));
  EXPECT_TRUE(says(describe(outcome{refusal(404)}, about_a_call()), "https://pbx.example.com:9090/c2c"));
  EXPECT_TRUE(says(describe(outcome{refusal(409)}, about_a_call()), "Leave --iden out"));
  EXPECT_TRUE(says(describe(outcome{refusal(400, "invalid destination")}, about_a_call()), "invalid destination"));
  const report without_tls = describe(outcome{refusal(400, "plain HTTP was sent to an HTTPS port")}, about_a_call());
  EXPECT_EQ(without_tls.code, exit_code::unreachable);
  EXPECT_TRUE(says(without_tls, "https://"));
  EXPECT_TRUE(says(describe(outcome{refusal(422, "terminal not registered")}, about_a_call()), "Switch it on"));
  EXPECT_TRUE(
      says(describe(outcome{refusal(422, "destination not allowed")}, about_a_call()), "which numbers may be called"));
  EXPECT_TRUE(says(describe(outcome{refusal(502, "backend error")}, about_a_call()), "administrator"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::untrusted), about_a_call()), "--ca"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::untrusted), about_a_call()), "--insecure"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::wrong_name), about_a_call()), "another name"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::timed_out, true), about_a_call()), "20 seconds"));
  refused moved = refusal(308);
  moved.location = "https://other/";
  EXPECT_TRUE(says(describe(outcome{moved}, about_a_call()), "https://other/"));
}

TEST(Words, SayHowLongToWait) {
  refused slow = refusal(429);
  slow.retry_after = std::chrono::seconds(1);
  EXPECT_TRUE(says(describe(outcome{slow}, about_a_call()), "Wait 1 second,"));
  slow.retry_after = std::chrono::seconds(30);
  EXPECT_TRUE(says(describe(outcome{slow}, about_a_call()), "Wait 30 seconds,"));
}

TEST(Words, OfWhatWasGivenUpSayWhetherACallWasPlaced) {
  outcome out = trouble_of(trouble_kind::given_up);
  EXPECT_EQ(describe(out, about_a_call()).code, exit_code::cancelled);
  EXPECT_EQ(describe(out, about_a_call()).text, "Given up: no call was placed.");
  out.maybe_placed = true;
  EXPECT_FALSE(says(describe(out, about_a_call()), "no call was placed"));
  EXPECT_TRUE(says(describe(out, about_a_call()), "may have been placed"));
}

TEST(Words, WarnWhenACallMayHaveBeenPlaced) {
  outcome out = trouble_of(trouble_kind::timed_out, true);
  EXPECT_FALSE(says(describe(out, about_a_call()), "may have been placed"));
  out.maybe_placed = true;
  EXPECT_TRUE(says(describe(out, about_a_call()), "may have been placed"));
}

TEST(Words, LetNoServerSteerTheTerminal) {
  const std::string evil =
      "a\x1b]0;x\x07"
      "b\r\n\xc2\x9b"
      "31mc\u00e9";
  for (const unsigned status : {400U, 401U, 413U, 500U, 502U}) {
    const report said = describe(outcome{refusal(status, evil)}, about_a_call());
    EXPECT_EQ(said.text.find_first_of("\x1b\x07\r\n"), std::string::npos);
    EXPECT_EQ(said.text.find("\xc2\x9b"), std::string::npos);
    EXPECT_TRUE(says(said, "\u00e9"));
  }
  EXPECT_EQ(describe(outcome{placed{evil, ""}}, about_a_call()).text.find('\x1b'), std::string::npos);
  EXPECT_LT(describe(outcome{refusal(400, std::string(5000, 'x'))}, about_a_call()).text.size(), 400U);
}

TEST(Words, AsJsonAreOneObjectOnOneLine) {
  const outcome good{placed{"theirs", ""}};
  EXPECT_EQ(to_json(good, about_a_call(), describe(good, about_a_call())),
            R"({"placed":true,"destination":"+34900000000","iden":"theirs"})");

  outcome bad{refusal(403, "forbidden")};
  bad.maybe_placed = true;
  const std::string line = to_json(bad, about_a_call(), describe(bad, about_a_call()));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("placed"), false);
  EXPECT_EQ(object.at("status"), 403);
  EXPECT_EQ(object.at("exit"), 3);
  EXPECT_EQ(object.at("iden"), "mine");
  EXPECT_EQ(object.at("maybePlaced"), true);

  const outcome dry{rehearsed{.nonce = "n", .realm = "r", .request = R"({"aor":"a"})"}};
  EXPECT_EQ(to_json(dry, about_a_call(), describe(dry, about_a_call())),
            R"({"placed":false,"dryRun":true,"realm":"r","request":{"aor":"a"}})");
}

}  // namespace c2c::client
