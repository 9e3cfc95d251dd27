#include "net/connection.hpp"

#include <array>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include "support/run_task.hpp"
#include "support/temporary_folder.hpp"

namespace c2c::net {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

asio::ip::address at(const char* text) {
  return asio::ip::make_address(text);
}

steady_time ample() {
  return steady_clock::now() + 20s;
}

// Listens on 127.0.0.2 and takes no connection: its queue is full, so the system drops what comes.
class silent_host {
 public:
  explicit silent_host(asio::io_context& io, std::uint16_t port) : acceptor_(io) {
    acceptor_.open(tcp::v4());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind({at("127.0.0.2"), port});
    acceptor_.listen(0);
    for (tcp::socket& each : filling_) {
      each.async_connect({at("127.0.0.2"), port}, [](boost::system::error_code) {});
    }
  }

 private:
  tcp::acceptor acceptor_;
  std::array<tcp::socket, 4> filling_{tcp::socket(acceptor_.get_executor()), tcp::socket(acceptor_.get_executor()),
                                      tcp::socket(acceptor_.get_executor()), tcp::socket(acceptor_.get_executor())};
};

class Connection : public ::testing::Test {
 protected:
  std::uint16_t port() const { return server.local_endpoint().port(); }

  result<void> open(steady_time by = ample()) {
    made = std::make_shared<connection>(io.get_executor(), names);
    return test::run_task(io, connection::open(made, {.host = "pbx", .port = port()}, nullptr, by));
  }

  asio::io_context io{1};
  tcp::acceptor server{io, {at("127.0.0.1"), 0}};
  // The resolver's thread may outlive the test.
  struct name_server {
    addresses of_pbx{at("127.0.0.1")};
    int asked = 0;
  };
  std::shared_ptr<name_server> known = std::make_shared<name_server>();
  resolver names{[of = known](const std::string&) -> result<addresses> {
    ++of->asked;
    return of->of_pbx;
  }};
  std::shared_ptr<connection> made;
};

TEST(InTurn, TheTwoFamiliesAlternateAndTheFirstStaysFirst) {
  EXPECT_EQ(in_turn({at("::1"), at("::2"), at("::3"), at("10.0.0.1"), at("10.0.0.2")}),
            (addresses{at("::1"), at("10.0.0.1"), at("::2"), at("10.0.0.2"), at("::3")}));
  EXPECT_EQ(in_turn({at("10.0.0.1"), at("10.0.0.2"), at("::1")}),
            (addresses{at("10.0.0.1"), at("::1"), at("10.0.0.2")}));
  EXPECT_EQ(in_turn({}), addresses{});
}

TEST_F(Connection, CarriesBytesBothWays) {
  ASSERT_TRUE(open());
  tcp::socket accepted = server.accept();
  EXPECT_FALSE(test::run_task(io, connection::write(made, "ping")));
  std::array<char, 8> in{};
  EXPECT_EQ(accepted.read_some(asio::buffer(in)), 4U);
  accepted.write_some(asio::buffer("pong", 4));
  std::size_t came = 0;
  made->async_read_some(asio::buffer(in), [&](boost::system::error_code, std::size_t count) { came = count; });
  io.restart();
  while (came == 0 && io.run_one() > 0) {
  }
  EXPECT_EQ(std::string_view(in.data(), came), "pong");
}

TEST_F(Connection, AnAddressThatRefusesIsFollowedByTheNext) {
  known->of_pbx = {at("127.0.0.3"), at("::1"), at("127.0.0.1")};
  const auto opened = open();
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(Connection, AnAddressThatIsSilentIsNotWaitedFor) {
  const silent_host silent(io, port());
  known->of_pbx = {at("127.0.0.2"), at("127.0.0.1")};
  const auto opened = open();
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(Connection, ManySilentAddressesLeaveTimeForTheLast) {
  const silent_host silent(io, port());
  known->of_pbx.assign(8, at("127.0.0.2"));
  known->of_pbx.push_back(at("127.0.0.1"));
  const auto opened = open(steady_clock::now() + 2s);
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(Connection, SilenceEndsAtItsTime) {
  const silent_host silent(io, port());
  known->of_pbx = {at("127.0.0.2")};
  const auto opened = open(steady_clock::now() + 20ms);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::timed_out);
  EXPECT_EQ(opened.error().detail, "no answer in time, while connecting");
}

TEST_F(Connection, ANameNoneOfWhoseAddressesAnswersIsLookedUpAnew) {
  known->of_pbx = {at("127.0.0.3"), at("127.0.0.4")};
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_EQ(refused.error().detail, "connection refused");
  known->of_pbx = {at("127.0.0.1")};
  EXPECT_TRUE(open());
  EXPECT_TRUE(open());
  EXPECT_EQ(known->asked, 2);
}

TEST_F(Connection, ClosingItEndsItsOpening) {
  const silent_host silent(io, port());
  known->of_pbx = {at("127.0.0.2")};
  made = std::make_shared<connection>(io.get_executor(), names);
  asio::post(io, [this] { asio::post(io, [this] { made->close(); }); });
  const auto opened =
      test::run_task(io, connection::open(made, {.host = "pbx", .port = port()}, nullptr, steady_time::max()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::unavailable);
}

TEST_F(Connection, WhatIsClosedAlreadyLooksNothingUpAndConnectsToNobody) {
  made = std::make_shared<connection>(io.get_executor(), names);
  made->close();
  const auto opened =
      test::run_task(io, connection::open(made, {.host = "pbx", .port = port()}, nullptr, steady_time::max()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::unavailable);
  EXPECT_EQ(known->asked, 0);
}

TEST_F(Connection, WhatExpiresIsClosedAndLate) {
  ASSERT_TRUE(open());
  made->expire_at(steady_clock::now() + 10ms);
  std::array<char, 8> in{};
  boost::system::error_code ended;
  made->async_read_some(asio::buffer(in), [&](boost::system::error_code ec, std::size_t) { ended = ec; });
  io.restart();
  io.run();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(made->late());
  EXPECT_FALSE(made->is_open());
}

TEST_F(Connection, OpensAUnixSocket) {
  const test::temporary_folder folder;
  const std::string path = folder.path("sock");
  const asio::local::stream_protocol::acceptor listening(io, asio::local::stream_protocol::endpoint(path));
  made = std::make_shared<connection>(io.get_executor(), names);
  EXPECT_TRUE(test::run_task(io, connection::open(made, path, ample())));
  made = std::make_shared<connection>(io.get_executor(), names);
  const auto nobody = test::run_task(io, connection::open(made, path + ".not", ample()));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().detail, "no such file or directory");
}

}  // namespace
}  // namespace c2c::net
