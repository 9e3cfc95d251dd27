// What the pool says when there is no database. tests/integration/directory_mysql_test.cpp has one.
#include "directory/mysql_pool.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "directory/mysql.hpp"
#include "support/run_task.hpp"

namespace c2c::directory {
namespace {

using namespace std::chrono_literals;

class MysqlPool : public testing::Test {
 protected:
  // A listener that nobody answers at: connections are made and hang.
  MysqlPool() : silent(io, {asio::ip::make_address_v4("127.0.0.1"), 0}) {}

  mysql_options options() {
    mysql_options out;
    out.host = "127.0.0.1";
    out.port = silent.local_endpoint().port();
    out.database = "ivozprovider";
    out.user = "click2call";
    out.password = secret("hunter2");
    out.deadline = 50ms;
    return out;
  }

  asio::io_context io{1};
  tcp_acceptor silent;
};

TEST_F(MysqlPool, SaysUnavailableWhenTheServerNeverAnswers) {
  const auto pool = std::make_shared<mysql_pool>(io, options());
  const auto rows = test::run_task(io, pool->select("SELECT 1", {}));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::unavailable);
  EXPECT_EQ(rows.error().server_error, 0);
}

TEST_F(MysqlPool, SaysUnavailableAndWhyWhenNobodyListens) {
  mysql_options closed = options();
  silent.close();
  closed.deadline = 300ms;
  const auto pool = std::make_shared<mysql_pool>(io, std::move(closed));
  const auto rows = test::run_task(io, pool->select("SELECT 1", {}));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::unavailable);
  EXPECT_NE(rows.error().detail.find("refused"), std::string::npos) << rows.error().detail;
  EXPECT_EQ(rows.error().detail.find("hunter2"), std::string::npos);
}

TEST_F(MysqlPool, RefusesOneQueryMoreThanItHasRoomForAndRecovers) {
  mysql_options one = options();
  one.most_queries = 1;
  const auto pool = std::make_shared<mysql_pool>(io, std::move(one));
  std::optional<errc> first;
  asio::co_spawn(io, pool->select("SELECT 1", {}),
                 [&first](const std::exception_ptr&, const auto& rows) { first = rows ? errc{} : rows.error().code; });
  const auto second = test::run_task(io, pool->select("SELECT 1", {}));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::overloaded);
  while (!first) {
    io.run_one();
  }
  EXPECT_EQ(*first, errc::unavailable);
  EXPECT_EQ(test::run_task(io, pool->select("SELECT 1", {})).error().code, errc::unavailable);
}

TEST_F(MysqlPool, EndsWhatIsUnderWayWhenItGoes) {
  mysql_options slow = options();
  slow.deadline = 1h;
  auto pool = std::make_shared<mysql_pool>(io, std::move(slow));
  std::optional<errc> ended;
  asio::co_spawn(io, pool->select("SELECT 1", {}),
                 [&ended](const std::exception_ptr&, const auto& rows) { ended = rows ? errc{} : rows.error().code; });
  io.poll();
  ASSERT_FALSE(ended);
  pool.reset();
  io.run();  // ends only where nothing is left behind
  EXPECT_EQ(ended, errc::unavailable);
}

TEST_F(MysqlPool, MakesADirectoryUnavailable) {
  const auto pool = std::make_shared<mysql_pool>(io, options());
  const auto directory = make_mysql(pool, {});
  EXPECT_EQ(test::run_task(io, directory->find("alice", "127.0.0.1", steady_time::max())).error().code,
            errc::backend_unavailable);
  // What no database can hold is not even asked for.
  EXPECT_EQ(test::run_task(io, directory->find("alic\xc3\xa9", "127.0.0.1", steady_time::max())).error().code,
            errc::not_found);
}

TEST_F(MysqlPool, IsCheckedInASentenceWithoutThePassword) {
  const auto pool = std::make_shared<mysql_pool>(io, options());
  const auto said = test::run_task(io, check_mysql(pool, {}));
  ASSERT_FALSE(said);
  EXPECT_NE(said.error().detail.find("is the database running"), std::string::npos) << said.error().detail;
  EXPECT_EQ(said.error().detail.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace c2c::directory
