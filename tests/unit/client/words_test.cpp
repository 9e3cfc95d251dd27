#include "client/words.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace c2c::client {
namespace {

context about() {
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
  const report said = describe({placed{"theirs", ""}}, about());
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
    EXPECT_EQ(describe({refusal(status)}, about()).code, code) << status;
  }
}

TEST(Words, GiveEachTroubleItsExitCode) {
  using enum trouble_kind;
  for (const trouble_kind kind : {name_not_found, client::trouble_kind::refused, unreachable, timed_out, wrong_name,
                                  untrusted, tls, broken, not_http}) {
    EXPECT_EQ(describe(trouble_of(kind), about()).code, exit_code::unreachable) << static_cast<int>(kind);
  }
  EXPECT_EQ(describe(trouble_of(too_large), about()).code, exit_code::failed);
  EXPECT_EQ(describe(trouble_of(bad_ca), about()).code, exit_code::usage);
}

TEST(Words, SayWhatToDo) {
  EXPECT_TRUE(says(describe({refusal(403)}, about()), "Check aor and password"));
  EXPECT_TRUE(says(describe({refusal(404)}, about()), "https://pbx.example.com:9090/c2c"));
  EXPECT_TRUE(says(describe({refusal(409)}, about()), "Leave --iden out"));
  EXPECT_TRUE(says(describe({refusal(400, "invalid destination")}, about()), "invalid destination"));
  EXPECT_TRUE(says(describe({refusal(422, "terminal not registered")}, about()), "Switch it on"));
  EXPECT_TRUE(says(describe({refusal(422, "destination not allowed")}, about()), "which numbers may be called"));
  EXPECT_TRUE(says(describe({refusal(502, "backend error")}, about()), "administrator"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::untrusted), about()), "--ca"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::untrusted), about()), "--insecure"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::wrong_name), about()), "another name"));
  EXPECT_TRUE(says(describe(trouble_of(trouble_kind::timed_out, true), about()), "20 seconds"));
  refused moved = refusal(308);
  moved.location = "https://other/";
  EXPECT_TRUE(says(describe({moved}, about()), "https://other/"));
}

TEST(Words, SayHowLongToWait) {
  refused slow = refusal(429);
  slow.retry_after = std::chrono::seconds(1);
  EXPECT_TRUE(says(describe({slow}, about()), "Wait 1 second,"));
  slow.retry_after = std::chrono::seconds(30);
  EXPECT_TRUE(says(describe({slow}, about()), "Wait 30 seconds,"));
}

TEST(Words, WarnWhenACallMayHaveBeenPlaced) {
  outcome out = trouble_of(trouble_kind::timed_out, true);
  EXPECT_FALSE(says(describe(out, about()), "may have been placed"));
  out.maybe_placed = true;
  EXPECT_TRUE(says(describe(out, about()), "may have been placed"));
}

TEST(Words, LetNoServerSteerTheTerminal) {
  const std::string evil =
      "a\x1b]0;x\x07"
      "b\r\n\xc2\x9b"
      "31mc\u00e9";
  for (const unsigned status : {400U, 401U, 413U, 500U, 502U}) {
    const report said = describe({refusal(status, evil)}, about());
    EXPECT_EQ(said.text.find_first_of("\x1b\x07\r\n"), std::string::npos);
    EXPECT_EQ(said.text.find("\xc2\x9b"), std::string::npos);
    EXPECT_TRUE(says(said, "\u00e9"));
  }
  EXPECT_EQ(describe({placed{evil, ""}}, about()).text.find('\x1b'), std::string::npos);
  EXPECT_LT(describe({refusal(400, std::string(5000, 'x'))}, about()).text.size(), 400U);
}

TEST(Words, AsJsonAreOneObjectOnOneLine) {
  const outcome good{placed{"theirs", ""}};
  EXPECT_EQ(to_json(good, about(), describe(good, about())),
            R"({"placed":true,"destination":"+34900000000","iden":"theirs"})");

  outcome bad{refusal(403, "forbidden")};
  bad.maybe_placed = true;
  const std::string line = to_json(bad, about(), describe(bad, about()));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("placed"), false);
  EXPECT_EQ(object.at("status"), 403);
  EXPECT_EQ(object.at("exit"), 3);
  EXPECT_EQ(object.at("iden"), "mine");
  EXPECT_EQ(object.at("maybePlaced"), true);

  const outcome dry{rehearsed{.nonce = "n", .realm = "r", .request = R"({"aor":"a"})"}};
  EXPECT_EQ(to_json(dry, about(), describe(dry, about())),
            R"({"placed":false,"dryRun":true,"realm":"r","request":{"aor":"a"}})");
}

}  // namespace c2c::client
