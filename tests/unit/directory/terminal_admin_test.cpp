#include "directory/terminal_admin.hpp"

#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

namespace c2c::directory {
namespace {

terminal a_terminal() {
  return {.name = "alice",
          .domain = "example.com",
          .password = secret("s3cret"),
          .endpoint = "b1c1t1_alice",
          .extension = "101",
          .company_id = 1,
          .brand_id = 1};
}

class TerminalAdmin : public testing::Test {
 protected:
  test::temporary_folder folder;
  std::string path = folder.path("terminals.db");
};

TEST_F(TerminalAdmin, MakesAFileThatOthersCannotRead) {
  ASSERT_TRUE(terminal_admin::open(path, true));
  struct stat facts{};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0137U, 0U);
}

TEST_F(TerminalAdmin, MakesNoFileUnlessItMay) {
  const auto opened = terminal_admin::open(path, false);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(terminal_admin::open(folder.path("no/such/folder.db"), true));
}

TEST_F(TerminalAdmin, KeepsOutOfAnotherProgramsDatabase) {
  {
    auto other = sqlite_file::open(path, sqlite_file::mode::create);
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->run("DROP TABLE terminals; CREATE TABLE theirs (x); PRAGMA user_version = 0"));
  }
  const auto opened = terminal_admin::open(path, true);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::malformed);
}

TEST_F(TerminalAdmin, AddsOnceIgnoringCase) {
  auto admin = terminal_admin::open(path, true);
  ASSERT_TRUE(admin);
  EXPECT_TRUE(*admin->add(a_terminal(), false));
  terminal shouted = a_terminal();
  shouted.name = "ALICE";
  EXPECT_FALSE(*admin->add(shouted, false));
  EXPECT_EQ(admin->list()->size(), 1U);
  EXPECT_TRUE(*admin->add(shouted, true));
  ASSERT_EQ(admin->list()->size(), 1U);
  EXPECT_EQ(admin->list()->front().name, "ALICE");
}

TEST_F(TerminalAdmin, ListsInOrderWithoutPasswords) {
  auto admin = terminal_admin::open(path, true);
  ASSERT_TRUE(admin);
  for (const char* name : {"zoe", "bob", "Al"}) {
    terminal entry = a_terminal();
    entry.name = name;
    ASSERT_TRUE(*admin->add(entry, false));
  }
  const auto all = admin->list();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ((*all)[0].name, "Al");
  EXPECT_EQ((*all)[1].name, "bob");
  EXPECT_EQ((*all)[2].name, "zoe");
  for (const terminal& one : *all) {
    EXPECT_TRUE(one.password.empty());
    EXPECT_EQ(one.endpoint, "b1c1t1_alice");
  }
}

TEST_F(TerminalAdmin, RemovesWhatIsThere) {
  auto admin = terminal_admin::open(path, true);
  ASSERT_TRUE(*admin->add(a_terminal(), false));
  EXPECT_FALSE(*admin->remove("alice", "other.example"));
  EXPECT_TRUE(*admin->remove("Alice", "EXAMPLE.com"));
  EXPECT_FALSE(*admin->remove("alice", "example.com"));
  EXPECT_TRUE(admin->list()->empty());
}

TEST_F(TerminalAdmin, RefusesWhatAsteriskOrTheServiceCouldNotTake) {
  EXPECT_FALSE(what_is_wrong(a_terminal()));
  const auto wrong = [](auto change) {
    terminal entry = a_terminal();
    change(entry);
    return what_is_wrong(entry).has_value();
  };
  for (const std::string& text : {std::string(), std::string("a b"), std::string("a\r\nAction: x"), std::string("a,b"),
                                  std::string("a\0b", 3), std::string("alic\xc3\xa9"), std::string(191, 'a')}) {
    EXPECT_TRUE(wrong([&](terminal& t) { t.name = text; })) << text;
    EXPECT_TRUE(wrong([&](terminal& t) { t.domain = text; })) << text;
    EXPECT_TRUE(wrong([&](terminal& t) { t.endpoint = text; })) << text;
    EXPECT_TRUE(wrong([&](terminal& t) { t.extension = text; })) << text;
  }
  EXPECT_TRUE(wrong([](terminal& t) { t.name = "a@b"; }));
  EXPECT_TRUE(wrong([](terminal& t) { t.endpoint = "PJSIP/alice"; }));
  EXPECT_TRUE(wrong([](terminal& t) { t.extension = std::string(33, '1'); }));
  EXPECT_FALSE(wrong([](terminal& t) { t.extension = "+34*9"; }));
  EXPECT_TRUE(wrong([](terminal& t) { t.password = {}; }));
  EXPECT_TRUE(wrong([](terminal& t) { t.password = secret("two\nlines"); }));
  EXPECT_FALSE(wrong([](terminal& t) { t.password = secret("p\xc3\xa4ss word"); }));
  EXPECT_TRUE(wrong([](terminal& t) { t.company_id = UINT64_MAX; }));
}

TEST(SplitAddress, SplitsAtTheLastAt) {
  EXPECT_EQ(split_address("a@b@c")->name, "a@b");
  EXPECT_EQ(split_address("a@b@c")->domain, "c");
  for (const char* text : {"", "a", "@b", "a@"}) {
    EXPECT_FALSE(split_address(text)) << text;
  }
}

}  // namespace
}  // namespace c2c::directory
