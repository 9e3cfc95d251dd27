#include "client/settings.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"

namespace c2c::client {
namespace {

std::optional<secret> nobody_to_ask() {
  return std::nullopt;
}

given whole() {
  given out;
  out.url = "https://pbx.example.com";
  out.aor = "alice@pbx.example.com";
  out.password.emplace("pw");
  return out;
}

variables environment_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) {
    const auto at = values.find(name);
    return at == values.end() ? nullptr : at->second.c_str();
  };
}

class SettingsFile : public testing::Test {
 protected:
  SettingsFile() {
    std::string name = (std::filesystem::temp_directory_path() / "click2call-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~SettingsFile() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& text, mode_t mode) const {
    const std::string path = directory_ / "config";
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  std::filesystem::path directory_;
};

}  // namespace

TEST(Settings, ReadsPlainKeysAndValues) {
  const auto out = parse_config(
      "# mine\nurl = https://pbx.example.com:9090\naor=alice@example.com\n\npassword = a=b c#d \r\nca = /x.pem");
  ASSERT_TRUE(out.has_value()) << out.error();
  EXPECT_EQ(out->url, "https://pbx.example.com:9090");
  EXPECT_EQ(out->aor, "alice@example.com");
  EXPECT_EQ(out->password->view(), "a=b c#d");
  EXPECT_EQ(out->ca, "/x.pem");
  EXPECT_FALSE(out->verify_tls.has_value());
}

TEST(Settings, ReadsTheReferenceClientsConfigIni) {
  const auto out = parse_config(
      "[client]\n# URL of the service\nbase_url = https://jobs.ivozprovider.local:9090\naor: alice@127.0.0.1\n"
      "Password = alice**PA55W0RD\nverify_tls = false\n");
  ASSERT_TRUE(out.has_value()) << out.error();
  EXPECT_EQ(out->url, "https://jobs.ivozprovider.local:9090");
  EXPECT_EQ(out->aor, "alice@127.0.0.1");
  EXPECT_EQ(out->password->view(), "alice**PA55W0RD");
  EXPECT_EQ(out->verify_tls, false);
}

TEST(Settings, NameTheLineThatIsWrong) {
  for (const char* text : {"url = x\nurll = y", "url = x\nurl = y", "url = x\nbase_url = y", "\npassword",
                           "\nurl =", "\n[server]", "\nverify_tls = maybe"}) {
    const auto out = parse_config(text);
    ASSERT_FALSE(out.has_value()) << text;
    EXPECT_TRUE(out.error().starts_with("line 2: ")) << out.error();
  }
}

TEST(Settings, NeverRepeatALineThatMayBeAPassword) {
  const auto out = parse_config("hunter2");
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().find("hunter2"), std::string::npos);
}

TEST_F(SettingsFile, WithAPasswordThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U}) {
    const std::string path = write("password = pw\n", mode);
    const auto out = read_config(path, true);
    ASSERT_FALSE(out.has_value()) << mode;
    EXPECT_NE(out.error().find("chmod 600 " + path), std::string::npos) << out.error();
  }
  const auto mine = read_config(write("password = pw\n", 0600), true);
  ASSERT_TRUE(mine.has_value()) << mine.error();
  EXPECT_EQ(mine->password->view(), "pw");
}

TEST_F(SettingsFile, WithoutAPasswordMayBeReadByAll) {
  EXPECT_TRUE(read_config(write("url = https://pbx.example.com\n", 0644), true).has_value());
}

TEST_F(SettingsFile, ThatIsMissingMattersOnlyWhereItWasNamed) {
  const std::string path = directory_ / "nothing/here";
  const auto silent = read_config(path, false);
  ASSERT_TRUE(silent.has_value());
  EXPECT_FALSE(silent->url.has_value());
  EXPECT_FALSE(read_config(path, true).has_value());
}

TEST_F(SettingsFile, HasALimitedLengthAndIsNoFolder) {
  EXPECT_FALSE(read_config(write(std::string(70'000, '#'), 0600), true).has_value());
  EXPECT_FALSE(read_config(directory_, true).has_value());
}

TEST_F(SettingsFile, OfAPasswordGivesItsFirstLine) {
  const std::string path = write("s3cret word\r\nmore\n", 0600);
  const auto out = from_environment(environment_of({{"CLICK2CALL_PASSWORD_FILE", path}}));
  ASSERT_TRUE(out.has_value()) << out.error();
  EXPECT_EQ(out->password->view(), "s3cret word");
  EXPECT_FALSE(from_environment(environment_of({{"CLICK2CALL_PASSWORD_FILE", path + ".no"}})).has_value());
  write("\n", 0600);
  EXPECT_FALSE(from_environment(environment_of({{"CLICK2CALL_PASSWORD_FILE", path}})).has_value());
  write(std::string(1025, 'x'), 0600);
  EXPECT_FALSE(from_environment(environment_of({{"CLICK2CALL_PASSWORD_FILE", path}})).has_value());
}

TEST(Settings, TakeAPasswordLineFromAPipeThatStaysOpen) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "pw\n", 3), 3);
  const auto line = read_password_line(ends[0]);
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_TRUE(line.has_value()) << line.error();
  EXPECT_EQ(line->view(), "pw");
}

TEST(Settings, ATicketThatIsNoneIsCalledATicket) {
  const c2c::test::temporary_folder folder;
  const auto read = [&](const std::string& text) {
    const int file = ::open(folder.write("line", text).c_str(), O_RDONLY | O_CLOEXEC);
    auto out = read_ticket_line(file);
    ::close(file);
    return out;
  };
  EXPECT_EQ(read("").error(), "The ticket that was given is empty.");
  EXPECT_EQ(read("\n").error(), "The ticket that was given is empty.");
  EXPECT_EQ(read(std::string(2048, 'x') + "\n")->view().size(), 2048U);
  EXPECT_TRUE(read(std::string(2049, 'x')).error().contains("ticket is longer"));
}

TEST(Settings, ComeFromTheEnvironmentWhereItIsNotEmpty) {
  const auto out = from_environment(
      environment_of({{"CLICK2CALL_URL", "http://x"}, {"CLICK2CALL_AOR", ""}, {"CLICK2CALL_PASSWORD", "pw"}}));
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->url, "http://x");
  EXPECT_FALSE(out->aor.has_value());
  EXPECT_EQ(out->password->view(), "pw");
}

TEST(Settings, OfTheStrongerSourceWin) {
  given flags;
  flags.aor = "bob@example.com";
  given environment;
  environment.aor = "carol@example.com";
  environment.password.emplace("env");
  const given out = over(std::move(flags), over(std::move(environment), whole()));
  EXPECT_EQ(out.aor, "bob@example.com");
  EXPECT_EQ(out.password->view(), "env");
  EXPECT_EQ(out.url, "https://pbx.example.com");
}

TEST(Settings, LieWhereXdgSays) {
  EXPECT_EQ(default_config_path(environment_of({{"XDG_CONFIG_HOME", "/c"}, {"HOME", "/h"}})), "/c/click2call/config");
  EXPECT_EQ(default_config_path(environment_of({{"XDG_CONFIG_HOME", "c"}, {"HOME", "/h"}})),
            "/h/.config/click2call/config");
  EXPECT_EQ(default_config_path(environment_of({})), "");
}

TEST(Settings, ThatAreMissingAreNamedWithEveryWayToGiveThem) {
  given no_url = whole();
  no_url.url.reset();
  const auto url = settle(std::move(no_url), "/c", nobody_to_ask);
  ASSERT_FALSE(url.has_value());
  for (const char* way : {"--url", "CLICK2CALL_URL", "/c"}) {
    EXPECT_NE(url.error().find(way), std::string::npos) << way;
  }
  given no_aor = whole();
  no_aor.aor.reset();
  const auto aor = settle(std::move(no_aor), "/c", nobody_to_ask);
  ASSERT_FALSE(aor.has_value());
  for (const char* way : {"--aor", "CLICK2CALL_AOR", "/c"}) {
    EXPECT_NE(aor.error().find(way), std::string::npos) << way;
  }
  given no_password = whole();
  no_password.password.reset();
  const auto password = settle(std::move(no_password), "/c", nobody_to_ask);
  ASSERT_FALSE(password.has_value());
  for (const char* way : {"--password-stdin", "CLICK2CALL_PASSWORD", "CLICK2CALL_PASSWORD_FILE", "/c", "chmod 600"}) {
    EXPECT_NE(password.error().find(way), std::string::npos) << way;
  }
}

TEST(Settings, AskForAPasswordOnlyWhenAllElseIsRight) {
  unsigned asked = 0;
  const auto ask = [&]() -> std::optional<secret> {
    ++asked;
    return secret("typed");
  };
  given bad = whole();
  bad.password.reset();
  bad.url = "nonsense";
  EXPECT_FALSE(settle(std::move(bad), "", ask).has_value());
  EXPECT_TRUE(settle(whole(), "", ask).has_value());
  EXPECT_EQ(asked, 0U);
  given silent = whole();
  silent.password.reset();
  const auto out = settle(std::move(silent), "", ask);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->password.view(), "typed");
  EXPECT_EQ(asked, 1U);
}

TEST(Settings, SplitTheAorAtItsLastAt) {
  given odd = whole();
  odd.aor = "a@b@Example.com";
  const auto out = settle(std::move(odd), "", nobody_to_ask);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->user, "a@b");
  EXPECT_EQ(out->domain, "Example.com");
  EXPECT_TRUE(out->verify_tls);
}

TEST(Settings, RefuseAnAorThatIsNone) {
  for (const std::string& aor : {std::string("alice"), std::string("@x"), std::string("alice@"),
                                 std::string("al ice@x"), std::string("alice@x\n"), std::string(255, 'a') + "@x"}) {
    given bad = whole();
    bad.aor = aor;
    EXPECT_FALSE(settle(std::move(bad), "", nobody_to_ask).has_value()) << aor;
  }
}

}  // namespace c2c::client
