// Against a real MariaDB with tables of IvozProvider's shape and its demo people.
#include <atomic>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "directory/mysql.hpp"
#include "directory/mysql_routing.hpp"
#include "directory/query.hpp"
#include "support/run_task.hpp"

namespace c2c::directory {
namespace {

constexpr const char* realm = "127.0.0.1";

std::string lab(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class DirectoryMysql : public testing::Test {
 protected:
  void SetUp() override {
    if (lab("LAB_DB_HOST").empty() || lab("LAB_DB_PORT").empty()) {
      GTEST_SKIP()
          << "LAB_DB_HOST and LAB_DB_PORT are not set: there is no MariaDB to test against (scripts/lab up --full)";
    }
  }

  static mysql_options options() {
    mysql_options out;
    out.host = lab("LAB_DB_HOST");
    out.port = static_cast<std::uint16_t>(std::stoul(lab("LAB_DB_PORT")));
    out.database = lab("LAB_DB_NAME");
    out.user = lab("LAB_DB_USER");
    out.password = secret(lab("LAB_DB_PASSWORD"));
    return out;
  }

  std::shared_ptr<mysql_pool> pool(mysql_options chosen = options()) {
    return std::make_shared<mysql_pool>(io, std::move(chosen));
  }

  result<terminal> find(const std::string& user, const std::string& domain = realm, const std::string& query = {}) {
    const auto directory = make_mysql(pool(), query);
    return test::run_task(io, directory->find(user, domain, steady_time::max()));
  }

  errc code(const std::string& user, const std::string& domain = realm, const std::string& query = {}) {
    const auto got = find(user, domain, query);
    EXPECT_FALSE(got) << user;
    return got ? errc{} : got.error().code;
  }

  std::string check(mysql_options chosen, const std::string& query = {}) {
    const auto said = test::run_task(io, check_mysql(pool(std::move(chosen)), query));
    return said ? *said : "failed: " + said.error().detail;
  }

  asio::io_context io{1};
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(DirectoryMysql, FindsATerminal) {
  const auto got = find("alice");
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->name, "alice");
  EXPECT_EQ(got->domain, realm);
  EXPECT_EQ(got->password.reveal(), "alice**PA55W0RD");
  EXPECT_EQ(got->endpoint, "b1c1t1_alice");
  EXPECT_EQ(got->extension, "101");
  EXPECT_EQ(got->company_id, 1U);
  EXPECT_EQ(got->brand_id, 1U);
}

TEST_F(DirectoryMysql, IgnoresTheCaseOfAsciiLettersAlone) {
  const auto got = find("ALICE");
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->name, "alice");
  for (const char* user : {"alic\xc3\xa9", "alice ", " alice", "\xf0\x9f\x93\x9e", "alice\xff", "alice' OR ''='",
                           "alice\\", "%", "nobody", ""}) {
    EXPECT_EQ(code(user), errc::not_found) << user;
  }
  EXPECT_EQ(code("alice", "unknown.example"), errc::not_found);
}

TEST_F(DirectoryMysql, TakesAQueryForAnotherSchema) {
  const auto query = compile_query(
      "SELECT 7 AS brand_id, companyId AS company_id, CONCAT('x-', t.name) AS endpoint, 900 AS extension, password, "
      "domain, "
      "t.name AS name FROM Terminals t JOIN Domains d ON d.id = t.domainId WHERE t.name = {user} AND domain = {domain} "
      "-- all");
  ASSERT_TRUE(query) << query.error().detail;
  const auto got = find("alice", realm, *query);
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->endpoint, "x-alice");
  EXPECT_EQ(got->extension, "900");
  EXPECT_EQ(got->brand_id, 7U);
  EXPECT_EQ(got->password.reveal(), "alice**PA55W0RD");
  EXPECT_TRUE(has(check(options(), *query), "the terminals can be read")) << check(options(), *query);
}

TEST_F(DirectoryMysql, BindsTheNamesSoThatTheyCannotBecomeSql) {
  const auto query = compile_query(
      "SELECT {user} AS name, {domain} AS domain, 'p' AS password, 'e' AS endpoint, '1' AS extension, 1 AS company_id, "
      "1 AS "
      "brand_id");
  ASSERT_TRUE(query);
  for (const char* user : {"a'b", "a\\", "a\\'--", "\"", "{user}", "{0}{{", "a;b", "/*"}) {
    const auto got = find(user, realm, *query);
    ASSERT_TRUE(got) << user << ": " << got.error().detail;
    EXPECT_EQ(got->name, user);
  }
}

TEST_F(DirectoryMysql, SaysNotFoundForTwoRows) {
  const auto query = compile_query(
      "SELECT {user} AS name, {domain} AS domain, 'p' AS password, 'e' AS endpoint, '1' AS extension, id AS "
      "company_id, 1 AS "
      "brand_id FROM Terminals");
  ASSERT_TRUE(query);
  EXPECT_EQ(code("alice", realm, *query), errc::not_found);
}

TEST_F(DirectoryMysql, ReplacesStaleConnectionsUnseen) {
  mysql_options few = options();
  few.first_connections = 1;
  few.most_connections = 1;
  const auto stale = pool(few);
  const auto killer = pool();
  const auto directory = make_mysql(stale, {});
  for (int round = 0; round < 3; ++round) {
    const auto id = test::run_task(io, stale->select("SELECT CONNECTION_ID()", {}));
    ASSERT_TRUE(id) << id.error().detail;
    const auto killed = test::run_task(io, killer->select("KILL {0}", *id->front().front()));
    ASSERT_TRUE(killed) << killed.error().detail;
    const auto got = test::run_task(io, directory->find("alice", realm, steady_time::max()));
    EXPECT_TRUE(got) << got.error().detail;
  }
}

TEST_F(DirectoryMysql, TriesEveryAddressOfItsName) {
  net::resolver names([](const std::string&) -> result<net::addresses> {
    return net::addresses{asio::ip::make_address("127.0.0.9"), asio::ip::make_address(options().host)};
  });
  mysql_options named = options();
  named.host = "database";
  mysql_pool by_name(io, named, names);
  const auto rows = test::run_task(io, by_name.select("SELECT {0}", "here"));
  ASSERT_TRUE(rows) << rows.error().detail;
  EXPECT_EQ(rows->front().front(), "here");
}

TEST_F(DirectoryMysql, LooksItsNameUpAgainWhereNobodyListensAtIt) {
  const auto moved = std::make_shared<std::atomic<bool>>(false);  // the resolver's thread may outlive the test
  net::resolver names([moved](const std::string&) -> result<net::addresses> {
    return net::addresses{asio::ip::make_address(*moved ? options().host : "127.0.0.9")};
  });
  mysql_options named = options();
  named.host = "database";
  mysql_pool by_name(io, named, names);
  EXPECT_EQ(test::run_task(io, by_name.select("SELECT 1", {})).error().code, errc::unavailable);
  *moved = true;
  const auto rows = test::run_task(io, by_name.select("SELECT 1", {}));
  EXPECT_TRUE(rows) << rows.error().detail;
}

TEST_F(DirectoryMysql, ServesManyQueriesAtOnceOnItsFewConnections) {
  const auto directory = make_mysql(pool(), {});
  constexpr int wanted = 200;
  int found = 0;
  int ended = 0;
  for (int i = 0; i < wanted; ++i) {
    asio::co_spawn(io, directory->find("alice", realm, steady_time::max()),
                   [&](const std::exception_ptr&, const result<terminal>& got) {
                     found += got ? 1 : 0;
                     ++ended;
                   });
  }
  while (ended < wanted) {
    io.run_one();
  }
  EXPECT_EQ(found, wanted);
}

TEST_F(DirectoryMysql, GivesUpASlowQueryAndServesTheNextOnAnotherConnection) {
  mysql_options few = options();
  few.first_connections = 1;
  few.most_connections = 2;  // the one that waits is reset first
  const auto one = pool(std::move(few));
  const auto slow = test::run_task(io, one->select("SELECT SLEEP(30)", {}));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, errc::timed_out);
  const auto next = test::run_task(io, one->select("SELECT {0}", "still here"));
  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_EQ(next->front().front(), "still here");
}

TEST_F(DirectoryMysql, GoesThroughAUnixSocket) {
  if (lab("LAB_DB_SOCKET").empty()) {
    GTEST_SKIP() << "LAB_DB_SOCKET is not set: the database's UNIX socket is not known";
  }
  mysql_options local = options();
  local.host.clear();
  local.socket = lab("LAB_DB_SOCKET");
  const auto directory = make_mysql(pool(std::move(local)), {});
  const auto got = test::run_task(io, directory->find("alice", realm, steady_time::max()));
  EXPECT_TRUE(got) << got.error().detail;
}

TEST_F(DirectoryMysql, RequiresTlsWhereItIsAskedFor) {
  mysql_options safe = options();
  safe.tls = true;
  // The lab's database has no certificate that this machine trusts, so nothing may go over the wire.
  EXPECT_TRUE(has(check(std::move(safe)), "failed: cannot log in"));
}

TEST_F(DirectoryMysql, IsCheckedWithALineThatSaysWhatToDo) {
  EXPECT_TRUE(has(check(options()), "the terminals can be read; application servers can be read from kam_dispatcher"))
      << check(options());
  mysql_options wrong = options();
  wrong.password = secret("hunter2");
  EXPECT_TRUE(has(check(wrong), "check db.user and db.password")) << check(wrong);
  EXPECT_FALSE(has(check(wrong), "hunter2"));
  mysql_options other = options();
  other.database = "information_schema";
  EXPECT_TRUE(has(check(other), "not IvozProvider's tables")) << check(other);
  const auto incomplete = compile_query("SELECT name FROM Terminals WHERE name = {user} OR name = {domain}");
  EXPECT_TRUE(has(check(options(), *incomplete), "db.query must give the columns")) << check(options(), *incomplete);
}

TEST_F(DirectoryMysql, KnowsTheCompanysApplicationServers) {
  if (lab("LAB_AS1").empty()) {
    GTEST_SKIP() << "LAB_AS1 is not set: the lab's application servers are not known";
  }
  const auto source = make_mysql_source(pool());
  const auto own = test::run_task(io, source->find(1));
  ASSERT_TRUE(own) << own.error().detail;
  EXPECT_EQ(own->front(), lab("LAB_AS1"));
  EXPECT_EQ(own->size(), lab("LAB_AS2").empty() ? 1U : 2U);
  // A company without a set can still go to any server.
  const auto other = test::run_task(io, source->find(4'000'000'000));
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_EQ(other->front(), lab("LAB_AS1"));
}

TEST_F(DirectoryMysql, KnowsNoApplicationServersInASchemaWithoutThem) {
  mysql_options other = options();
  other.database = "information_schema";
  const auto source = make_mysql_source(pool(std::move(other)));
  const auto got = test::run_task(io, source->find(1));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::not_found) << got.error().detail;
}

}  // namespace
}  // namespace c2c::directory
