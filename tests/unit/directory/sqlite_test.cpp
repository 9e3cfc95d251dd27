#include "directory/sqlite.hpp"

#include <string>

#include <gtest/gtest.h>

#include "directory/sqlite_file.hpp"
#include "directory/terminal_admin.hpp"
#include "support/run_task.hpp"
#include "support/temporary_folder.hpp"

namespace c2c::directory {
namespace {

terminal make(const std::string& name, const std::string& password = "s3cret") {
  return {.name = name,
          .domain = "Example.com",
          .password = secret(password),
          .endpoint = "phone-" + name,
          .extension = "101",
          .company_id = 7,
          .brand_id = 8};
}

class SqliteDirectory : public testing::Test {
 protected:
  void add(const terminal& entry, bool replace = false) {
    auto admin = terminal_admin::open(path, true);
    ASSERT_TRUE(admin) << admin.error().detail;
    const auto added = admin->add(entry, replace);
    ASSERT_TRUE(added && *added) << (added ? "not added" : added.error().detail);
  }

  result<terminal> find(directory& in, const std::string& user, const std::string& realm = "example.com") {
    return test::run_task(io, in.find(user, realm, steady_time::max()));
  }

  errc code(directory& in, const std::string& user, const std::string& realm = "example.com") {
    const auto got = find(in, user, realm);
    EXPECT_FALSE(got) << user;
    return got ? errc{} : got.error().code;
  }

  test::temporary_folder folder;
  std::string path = folder.path("terminals.db");
  asio::io_context io{1};
};

TEST_F(SqliteDirectory, FindsATerminalWithAllItsColumns) {
  add(make("alice"));
  const auto opened = make_sqlite(path);
  ASSERT_TRUE(opened) << opened.error().detail;
  const auto got = find(**opened, "alice");
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->name, "alice");
  EXPECT_EQ(got->domain, "Example.com");
  EXPECT_EQ(got->password.reveal(), "s3cret");
  EXPECT_EQ(got->endpoint, "phone-alice");
  EXPECT_EQ(got->extension, "101");
  EXPECT_EQ(got->company_id, 7U);
  EXPECT_EQ(got->brand_id, 8U);
}

TEST_F(SqliteDirectory, IgnoresTheCaseOfAsciiLettersAndKeepsItsOwnSpelling) {
  add(make("alice"));
  const auto opened = make_sqlite(path);
  ASSERT_TRUE(opened);
  const auto got = find(**opened, "ALICE", "EXAMPLE.COM");
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->name, "alice");
  EXPECT_EQ(got->domain, "Example.com");
}

TEST_F(SqliteDirectory, DoesNotFindWhatADatabaseWouldFoldOrCannotHold) {
  add(make("alice"));
  const auto opened = make_sqlite(path);
  ASSERT_TRUE(opened);
  for (const std::string& user : {std::string("alic\xc3\xa9"), std::string("alice "), std::string("\xf0\x9f\x93\x9e"),
                                  std::string("alice\xff"), std::string("alice\0", 6), std::string(),
                                  std::string("bob"), std::string("alice' OR '1'='1"), std::string(300, 'a')}) {
    EXPECT_EQ(code(**opened, user), errc::not_found) << user;
  }
  EXPECT_EQ(code(**opened, "alice", "other.example"), errc::not_found);
}

TEST_F(SqliteDirectory, SeesWhatIsChangedMeanwhile) {
  add(make("alice"));
  const auto opened = make_sqlite(path);
  ASSERT_TRUE(opened);
  EXPECT_EQ(code(**opened, "bob"), errc::not_found);
  add(make("bob"));
  EXPECT_TRUE(find(**opened, "bob"));
  add(make("bob", "another"), true);
  EXPECT_EQ(find(**opened, "bob")->password.reveal(), "another");
  ASSERT_TRUE(*terminal_admin::open(path, false)->remove("BOB", "example.com"));
  EXPECT_EQ(code(**opened, "bob"), errc::not_found);
}

TEST_F(SqliteDirectory, ReadsWhileAnAdministratorIsWriting) {
  add(make("alice"));
  const auto opened = make_sqlite(path);
  ASSERT_TRUE(opened);
  auto writer = sqlite_file::open(path, sqlite_file::mode::change);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->run("BEGIN IMMEDIATE; UPDATE terminals SET password = 'not yet'"));
  EXPECT_EQ(find(**opened, "alice")->password.reveal(), "s3cret");
  ASSERT_TRUE(writer->run("COMMIT"));
  EXPECT_EQ(find(**opened, "alice")->password.reveal(), "not yet");
}

TEST_F(SqliteDirectory, AMissingFileNamesTheCommandThatMakesIt) {
  const auto opened = make_sqlite(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::backend_unavailable);
  EXPECT_NE(opened.error().detail.find("click2calld terminal add"), std::string::npos) << opened.error().detail;
  EXPECT_NE(opened.error().detail.find(path), std::string::npos) << opened.error().detail;
}

TEST_F(SqliteDirectory, RefusesAnotherProgramsFileAndANewerSchema) {
  EXPECT_FALSE(make_sqlite(folder.write("text", "this is no database, and long enough to be told from an empty one")));
  EXPECT_FALSE(make_sqlite(folder.write("empty", "")));
  add(make("alice"));
  ASSERT_TRUE(sqlite_file::open(path, sqlite_file::mode::change)->run("PRAGMA user_version = 2"));
  const auto opened = make_sqlite(path);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("newer"), std::string::npos) << opened.error().detail;
}

TEST_F(SqliteDirectory, CannotBeChangedByTheService) {
  add(make("alice"));
  auto reader = sqlite_file::open(path, sqlite_file::mode::read);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->run("DELETE FROM terminals"));
}

TEST_F(SqliteDirectory, SaysUnavailableWhenTheTableIsGone) {
  add(make("alice"));
  const auto opened = make_sqlite(path);
  ASSERT_TRUE(opened);
  ASSERT_TRUE(sqlite_file::open(path, sqlite_file::mode::change)->run("DROP TABLE terminals"));
  EXPECT_EQ(code(**opened, "alice"), errc::backend_unavailable);
}

}  // namespace
}  // namespace c2c::directory
