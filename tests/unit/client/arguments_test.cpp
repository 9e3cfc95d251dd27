#include "client/arguments.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace c2c::client {
namespace {

std::expected<arguments, nothing_to_do> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "click2call");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST(Arguments, TakeANumberInOneWordOrInSeveral) {
  EXPECT_EQ(parse({"call", "+34900000000"})->typed, "+34900000000");
  EXPECT_EQ(parse({"call", "+34", "900", "000", "000"})->typed, "+34 900 000 000");
  EXPECT_EQ(parse({"call", "--json", "(944)", "12-34-56"})->typed, "(944) 12-34-56");
}

TEST(Arguments, KeepWhatIsNotGivenEmpty) {
  const auto out = parse({"call", "1"});
  ASSERT_TRUE(out.has_value());
  EXPECT_FALSE(out->flags.url || out->flags.aor || out->flags.ca || out->flags.verify_tls || out->flags.password);
  EXPECT_FALSE(out->config || out->iden || out->max_duration_ms || out->dial_timeout_s);
  EXPECT_FALSE(out->optimize || out->dry_run || out->json || out->password_stdin);
  EXPECT_EQ(out->whole, std::chrono::seconds(20));
}

TEST(Arguments, TakeEveryOptionOfTheReferencesClient) {
  const auto out = parse({"call", "101", "-c", "/c", "--iden", "x", "--max-duration", "60000", "--dial-timeout", "20",
                          "--optimize", "--dry-run"});
  ASSERT_TRUE(out.has_value()) << out.error().text;
  EXPECT_EQ(out->config, "/c");
  EXPECT_EQ(out->iden, "x");
  EXPECT_EQ(out->max_duration_ms, 60'000);
  EXPECT_EQ(out->dial_timeout_s, 20);
  EXPECT_TRUE(out->optimize);
  EXPECT_TRUE(out->dry_run);
}

TEST(Arguments, TakeTheirOwnOptions) {
  const auto out = parse({"call", "--url=http://x", "--aor", "a@b", "--ca", "/ca", "--insecure", "--timeout", "3",
                          "--password-stdin", "--json", "101"});
  ASSERT_TRUE(out.has_value()) << out.error().text;
  EXPECT_EQ(out->flags.url, "http://x");
  EXPECT_EQ(out->flags.aor, "a@b");
  EXPECT_EQ(out->flags.ca, "/ca");
  EXPECT_EQ(out->flags.verify_tls, false);
  EXPECT_EQ(out->whole, std::chrono::seconds(3));
  EXPECT_TRUE(out->password_stdin);
  EXPECT_TRUE(out->json);
}

TEST(Arguments, HaveNoPlaceForAPassword) {
  EXPECT_FALSE(parse({"call", "1", "--password", "x"}).has_value());
  EXPECT_FALSE(parse({"call", "1", "--password=x"}).has_value());
}

TEST(Arguments, ThatAreWrongAreMistakes) {
  for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                 {"call"},
                                                                 {"dial", "1"},
                                                                 {"call", "1", "--nothing"},
                                                                 {"call", "1", "--max-duration", "0"},
                                                                 {"call", "1", "--max-duration", "99999999999"},
                                                                 {"call", "1", "--dial-timeout", "x"},
                                                                 {"call", "1", "--timeout", "0"}}) {
    const auto out = parse(words);
    ASSERT_FALSE(out.has_value());
    EXPECT_TRUE(out.error().error);
    EXPECT_FALSE(out.error().text.empty());
  }
}

TEST(Arguments, NameACallToTellOfOrToEnd) {
  const auto status = parse({"status", "abc", "--follow", "--ticket-stdin", "--url", "http://x"});
  ASSERT_TRUE(status.has_value()) << status.error().text;
  EXPECT_EQ(status->what, command::status);
  EXPECT_EQ(status->iden, "abc");
  EXPECT_EQ(status->flags.url, "http://x");
  EXPECT_TRUE(status->follow);
  EXPECT_TRUE(status->ticket_stdin);
  const auto hang_up = parse({"hangup", "abc", "--json"});
  ASSERT_TRUE(hang_up.has_value()) << hang_up.error().text;
  EXPECT_EQ(hang_up->what, command::hang_up);
  EXPECT_TRUE(hang_up->json);
  EXPECT_EQ(parse({"call", "1"})->what, command::call);
  EXPECT_TRUE(parse({"call", "1", "--detach"})->detach);
}

TEST(Arguments, NeverHoldATicket) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"status"},
                                                                 {"hangup"},
                                                                 {"status", "abc", "--ticket", "x"},
                                                                 {"hangup", "abc", "x"},
                                                                 {"status", "a", "--aor", "b@c"}}) {
    EXPECT_FALSE(parse(words).has_value());
  }
}

TEST(Arguments, ThatAskForHelpOrAVersionAreNone) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"--help"}, {"call", "--help"}}) {
    const auto out = parse(words);
    ASSERT_FALSE(out.has_value());
    EXPECT_FALSE(out.error().error);
    EXPECT_TRUE(out.error().text.contains("Exit codes: 0 connected and ended"));
  }
  EXPECT_EQ(parse({"--version"}).error().text, "click2call " C2C_VERSION "\n");
}

TEST(Arguments, ThatAreMistypedNameWhatWasMeant) {
  const std::initializer_list<std::pair<std::vector<const char*>, const char*>> all{
      {{"cal", "123"}, "Did you mean click2call call?"},
      {{"hang-up", "abc"}, "Did you mean click2call hangup?"},
      {{"version"}, "Did you mean click2call --version?"},
      {{"help"}, "Did you mean click2call --help?"},
      {{"help", "call"}, "Did you mean click2call --help?"},
      {{"-V"}, "Did you mean --version?"},
      {{"call", "1", "-V"}, "Did you mean --version?"},
      {{"+34900000000"}, "Did you mean click2call call +34900000000?"},
      {{"call", "1", "--detatch"}, "Did you mean --detach?"},
      {{"call", "1", "--timout=3"}, "Did you mean --timeout?"},
      {{"status", "abc", "--folow"}, "Did you mean --follow?"},
      {{"--json", "call", "1"}, "click2call call --json"},
      {{"--follow", "status", "abc"}, "click2call status --follow"},
      {{"--verison"}, "Did you mean --version?"},
      {{"call", "1", "--password", "x"}, "--password-stdin"},
      {{"status", "a", "b"}, "one word too many"},
      {{"xyzzy"}, "There are: call, status and hangup."},
  };
  for (const auto& [words, meant] : all) {
    const auto out = parse(words);
    ASSERT_FALSE(out.has_value()) << meant;
    EXPECT_TRUE(out.error().error);
    EXPECT_TRUE(out.error().text.contains(meant)) << out.error().text;
  }
}

TEST(Arguments, ThatLackAnIdenAreToldOfTheirOwnCommand) {
  for (const char* command : {"status", "hangup"}) {
    const auto out = parse({command});
    ASSERT_FALSE(out.has_value());
    EXPECT_TRUE(out.error().text.contains("Which call?")) << out.error().text;
    EXPECT_TRUE(out.error().text.contains(std::string("click2call ") + command + " IDEN")) << out.error().text;
    EXPECT_FALSE(out.error().text.contains("call NUMBER")) << out.error().text;
  }
}

TEST(Arguments, ThatAreNoNumbersAreToldWhatOneLooksLike) {
  for (const char* text : {"30s", "0x10", "1e3", "-1", " 5", "1.5", ""}) {
    const auto out = parse({"call", "1", "--max-duration", text});
    ASSERT_FALSE(out.has_value()) << text;
    EXPECT_TRUE(out.error().text.contains("30000 for half a minute")) << out.error().text;
  }
  EXPECT_TRUE(parse({"call", "1", "--timeout", "5s"}).error().text.contains("whole number of seconds, 1 to 3600"));
  EXPECT_TRUE(parse({"call", "1", "--dial-timeout", "20s"}).error().text.contains("seconds"));
}

}  // namespace c2c::client
