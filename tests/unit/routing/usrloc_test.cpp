#include "routing/usrloc.hpp"

#include <gtest/gtest.h>

#include "fake_http.hpp"
#include "run.hpp"

namespace c2c::routing {
namespace {

using std::chrono::milliseconds;
using test::http;

std::string refusal(std::string_view message) {
  return http("500 " + std::string(message),
              R"({"jsonrpc":"2.0","error":{"code":500,"message":")" + std::string(message) + R"("},"id":1})");
}

class Usrloc : public testing::Test {
 protected:
  usrloc registrar(milliseconds deadline = milliseconds(20'000)) {
    kamailio_options with;
    with.url = *net::parse_web_url("http://127.0.0.1:" + std::to_string(kamailio.port()));
    with.deadline = deadline;
    return {std::make_shared<kamailio_client>(io.get_executor(), std::move(with)), "kam_users_location"};
  }

  result<bool> registered(usrloc& in) { return test::run(io, in.registered("alice", "127.0.0.1", steady_time::max())); }

  asio::io_context io{1};
  test::fake_http kamailio{io};
};

TEST_F(Usrloc, APhoneWithAContactIsRegistered) {
  kamailio.always({.bytes = http("200 OK", R"({"result":{"Contacts":[{"Contact":{"Expires":60}}]},"id":1})")});
  usrloc in = registrar();
  EXPECT_EQ(registered(in), true);
  EXPECT_NE(kamailio.requests().at(0).find(R"("ul.lookup","params":["kam_users_location","alice@127.0.0.1"])"),
            std::string::npos);
}

TEST_F(Usrloc, APhoneWithoutOneIsNot) {
  kamailio.next({.bytes = refusal("AOR not found in location table")});
  kamailio.next({.bytes = refusal("AOR has no contacts")});
  usrloc in = registrar();
  EXPECT_EQ(registered(in), false);
  EXPECT_EQ(registered(in), false);
}

TEST_F(Usrloc, ATableThatDoesNotExistIsNoAnswer) {
  kamailio.always({.bytes = refusal("Domain table not found")});
  usrloc in = registrar();
  const auto reply = registered(in);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, errc::malformed);
  EXPECT_NE(reply.error().detail.find("Domain table not found"), std::string::npos) << reply.error().detail;
}

TEST_F(Usrloc, AKamailioThatIsDownIsNoAnswer) {
  kamailio.stop();
  usrloc in = registrar();
  EXPECT_EQ(registered(in).error().code, errc::unavailable);
}

TEST_F(Usrloc, ASilentOneIsGivenUpAndNotWaitedForAgain) {
  kamailio.always({.bytes = "", .close = false});
  usrloc in = registrar(milliseconds(60));
  EXPECT_EQ(registered(in).error().code, errc::timed_out);
  EXPECT_EQ(registered(in).error().code, errc::unavailable);
  EXPECT_EQ(kamailio.requests().size(), 1U);
}

TEST(PreflightOptions, AreThoseOfTheRoutingWithLessPatienceAndFewerConnections) {
  kamailio_options routing;
  routing.url = *net::parse_web_url("http://kamailio:8000/RPC");
  const kamailio_options out = preflight_options(routing);
  EXPECT_EQ(out.url, routing.url);
  EXPECT_LE(out.deadline, milliseconds(500));
  EXPECT_LT(out.max_connections, routing.max_connections);
  routing.deadline = milliseconds(100);
  routing.max_connections = 1;
  EXPECT_EQ(preflight_options(routing).deadline, milliseconds(100));
  EXPECT_EQ(preflight_options(routing).max_connections, 1U);
}

}  // namespace
}  // namespace c2c::routing
