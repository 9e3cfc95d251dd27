#include "directory/query.hpp"

#include <string>

#include <gtest/gtest.h>

#include "directory/names.hpp"

namespace c2c::directory {
namespace {

sql_row alice() {
  return {"alice", "example.com", "s3cret", "b1c1t1_alice", "101", "1", "2"};
}

TEST(Names, OutsidePrintableAsciiAreNotAskedFor) {
  EXPECT_TRUE(can_exist("alice", "127.0.0.1"));
  EXPECT_TRUE(can_exist("*10_b", "[2001:db8::1]"));
  for (const char* user :
       {"", "alice ", " alice", "alic\xc3\xa9", "\xf0\x9f\x93\x9e", "alice\xff", "al\tice", "al\x7f"}) {
    EXPECT_FALSE(can_exist(user, "example.com")) << user;
    EXPECT_FALSE(can_exist("alice", user)) << user;
  }
}

TEST(Names, LongerThanTheColumnsAreNotAskedFor) {
  EXPECT_TRUE(can_exist(std::string(100, 'a'), std::string(190, 'b')));
  EXPECT_FALSE(can_exist(std::string(101, 'a'), "b"));
  EXPECT_FALSE(can_exist("a", std::string(191, 'b')));
}

TEST(PickTerminal, GivesTheDatabasesSpelling) {
  const auto got = pick_terminal({alice()}, "ALICE", "Example.COM");
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->name, "alice");
  EXPECT_EQ(got->domain, "example.com");
  EXPECT_EQ(got->password.reveal(), "s3cret");
  EXPECT_EQ(got->endpoint, "b1c1t1_alice");
  EXPECT_EQ(got->extension, "101");
  EXPECT_EQ(got->company_id, 1U);
  EXPECT_EQ(got->brand_id, 2U);
}

TEST(PickTerminal, RefusesARowThatTheCollationFolded) {
  for (const char* user : {"alic\xc3\xa9", "alice ", "alicf"}) {
    const auto got = pick_terminal({alice()}, user, "example.com");
    ASSERT_FALSE(got) << user;
    EXPECT_EQ(got.error().code, errc::not_found);
  }
  EXPECT_FALSE(pick_terminal({alice()}, "alice", "example.com."));
}

TEST(PickTerminal, RefusesNoneAndMoreThanOne) {
  EXPECT_EQ(pick_terminal({}, "alice", "example.com").error().code, errc::not_found);
  EXPECT_EQ(pick_terminal({alice(), alice()}, "alice", "example.com").error().code, errc::not_found);
}

TEST(PickTerminal, RefusesATerminalThatCannotCall) {
  for (const std::size_t column : {2U, 3U, 4U}) {
    sql_row empty = alice();
    empty[column] = "";
    EXPECT_EQ(pick_terminal({empty}, "alice", "example.com").error().code, errc::not_found);
    sql_row null = alice();
    null[column] = std::nullopt;
    EXPECT_EQ(pick_terminal({null}, "alice", "example.com").error().code, errc::not_found);
  }
}

TEST(PickTerminal, RefusesIdsThatAreNoNumbersAndAWrongWidth) {
  for (const char* id : {"", "-1", "one", "1.5", "18446744073709551616"}) {
    sql_row row = alice();
    row[5] = id;
    EXPECT_EQ(pick_terminal({row}, "alice", "example.com").error().code, errc::malformed) << id;
  }
  EXPECT_EQ(pick_terminal({{"alice", "example.com"}}, "alice", "example.com").error().code, errc::malformed);
}

TEST(CompileQuery, NumbersThePlaceholdersAndKeepsOtherBraces) {
  const auto got = compile_query("  select '{}' AS x FROM t WHERE n = {user} AND d={domain} OR {user} = '}' ; ");
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(*got,
            "SELECT name, domain, password, endpoint, extension, company_id, brand_id FROM ("
            "select '{{}}' AS x FROM t WHERE n = {0} AND d={1} OR {0} = '}}'\n) AS c2c_terminal LIMIT 2");
}

TEST(CompileQuery, RefusesWhatIsNoSingleSelectWithBothPlaceholdersUnquoted) {
  for (const char* sql :
       {"", "SELECT", "DELETE FROM t WHERE {user} = {domain}", "SELECT {user} FROM t", "SELECT {domain} FROM t",
        "SELECT {user}, {domain}; DROP TABLE t", "SELECT a FROM t WHERE n = '{user}' AND d = {domain}",
        "SELECT a FROM t WHERE n = {user} AND d = \"{domain}\"", "SELECTED {user} {domain}"}) {
    EXPECT_FALSE(compile_query(sql)) << sql;
  }
  EXPECT_TRUE(compile_query("WITH t AS (SELECT 1) SELECT {user}, {domain} FROM t"));
}

}  // namespace
}  // namespace c2c::directory
