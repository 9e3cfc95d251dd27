#include "routing/kamailio_client.hpp"

#include <gtest/gtest.h>

#include "fake_http.hpp"
#include "routing/jsonrpc.hpp"
#include "run.hpp"

namespace c2c::routing {
namespace {

using std::chrono::milliseconds;
using test::http;
using test::script;

constexpr milliseconds soon{60};
constexpr milliseconds ample{20'000};

class KamailioClient : public testing::Test {
 protected:
  kamailio_options options(milliseconds deadline = ample) {
    kamailio_options out;
    out.url = *net::parse_web_url("http://127.0.0.1:" + std::to_string(kamailio.port()) + "/RPC");
    out.deadline = deadline;
    out.quarantine = milliseconds(0);
    return out;
  }
  std::shared_ptr<kamailio_client> client(kamailio_options with) {
    return std::make_shared<kamailio_client>(io.get_executor(), std::move(with));
  }

  result<net::http_answer> post(const std::shared_ptr<kamailio_client>& by) { return test::run(io, by->post("{}")); }

  void expect_failure(errc code, script what, milliseconds deadline = ample) {
    kamailio.always(std::move(what));
    const auto reply = post(client(options(deadline)));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, code) << reply.error().detail;
  }

  asio::io_context io{1};
  test::fake_http kamailio{io};
};

TEST_F(KamailioClient, BringsBackStatusAndBody) {
  kamailio.always({.bytes = http("500 Key name doesn't exist", "{\"x\":1}")});
  const auto reply = post(client(options()));
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->status, 500U);
  EXPECT_EQ(reply->body, "{\"x\":1}");
}

TEST_F(KamailioClient, SendsOneWholeRequestAndSaysThatItIsTheLast) {
  kamailio.always({.bytes = http("200 OK", "{}")});
  ASSERT_TRUE(post(client(options())));
  const std::string host = "127.0.0.1:" + std::to_string(kamailio.port());
  EXPECT_EQ(kamailio.requests().at(0), "POST /RPC HTTP/1.1\r\nHost: " + host +
                                           "\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: "
                                           "close\r\n\r\n{}");
}

TEST_F(KamailioClient, DoesNotWaitForTheCloseOnceTheBodyIsWhole) {
  kamailio.always({.bytes = http("200 OK", "{}"), .close = false});
  EXPECT_TRUE(post(client(options())));
}

TEST_F(KamailioClient, ABodyThatEndsWithTheConnectionIsWhole) {
  kamailio.always({.bytes = "HTTP/1.1 200 OK\r\n\r\n{\"y\":2}"});
  EXPECT_EQ(post(client(options()))->body, "{\"y\":2}");
}

TEST_F(KamailioClient, ABodyUpToTheLimitComesThrough) {
  kamailio.always({.bytes = http("200 OK", std::string(max_reply_bytes, 'x'))});
  EXPECT_EQ(post(client(options()))->body.size(), max_reply_bytes);
}

TEST_F(KamailioClient, SilenceTimesOut) {
  expect_failure(errc::timed_out, {.bytes = "", .close = false}, soon);
}

TEST_F(KamailioClient, HalfAReplyAndThenSilenceTimesOut) {
  expect_failure(errc::timed_out, {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", .close = false}, soon);
  expect_failure(errc::timed_out, {.bytes = "HTTP/1.1 200 O", .close = false}, soon);
}

TEST_F(KamailioClient, HalfAReplyAndThenTheEndIsMalformed) {
  expect_failure(errc::malformed, {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"});
  expect_failure(errc::malformed, {.bytes = "HTTP/1.1 200 OK\r\nConte"});
}

TEST_F(KamailioClient, AnEndWithoutAReplyIsUnavailable) {
  expect_failure(errc::unavailable, {.bytes = ""});
  expect_failure(errc::unavailable, {.bytes = "", .read_first = false});
}

TEST_F(KamailioClient, GarbageIsMalformed) {
  expect_failure(errc::malformed, {.bytes = "SIP/2.0 200 OK\r\n\r\n"});
  expect_failure(errc::malformed, {.bytes = std::string(20'000, 'x'), .close = false});
  expect_failure(errc::malformed, {.bytes = "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'), .close = false});
}

TEST_F(KamailioClient, AHugeBodyIsMalformedBeforeItIsRead) {
  expect_failure(errc::malformed, {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", .close = false});
  expect_failure(errc::malformed, {.bytes = "HTTP/1.1 200 OK\r\n\r\n" + std::string(max_reply_bytes + 1, 'x')});
  expect_failure(
      errc::malformed,
      {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(40'000, 'x'), .close = false});
}

TEST_F(KamailioClient, ARefusedConnectionIsUnavailable) {
  const auto with = options();
  kamailio.stop();
  const auto reply = post(client(with));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, errc::unavailable);
}

TEST_F(KamailioClient, ANameIsResolved) {
  kamailio.always({.bytes = http("200 OK", "{}")});
  auto with = options();
  with.url.server.host = "localhost";
  const auto by = client(with);
  EXPECT_TRUE(post(by));
  EXPECT_TRUE(post(by));
}

TEST_F(KamailioClient, ANameThatDoesNotExistIsUnavailable) {
  auto with = options();
  with.url.server.host = "no-such-host.invalid";
  const auto reply = post(client(with));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, errc::unavailable);
}

TEST_F(KamailioClient, AsManyConnectionsAsAllowedTheOthersWaitAndTheRestAreTurnedAway) {
  kamailio.always({.bytes = http("200 OK", "{}")});
  auto with = options();
  with.max_connections = 2;
  with.max_waiting = 5;
  const auto by = client(with);
  std::vector<std::shared_ptr<std::optional<result<net::http_answer>>>> all;
  all.reserve(10);
  for (int i = 0; i < 10; ++i) {
    all.push_back(test::start(io, by->post("{}")));
  }
  int answered = 0;
  int overloaded = 0;
  for (const auto& each : all) {
    const auto reply = test::await(io, each);
    answered += reply ? 1 : 0;
    overloaded += !reply && reply.error().code == errc::overloaded ? 1 : 0;
  }
  EXPECT_EQ(answered, 7);
  EXPECT_EQ(overloaded, 3);
  EXPECT_LE(kamailio.most_at_once(), 2U);
}

TEST_F(KamailioClient, OneThatWasSilentIsNotAskedForAWhile) {
  kamailio.always({.bytes = "", .close = false});
  auto with = options(soon);
  with.quarantine = std::chrono::hours(1);
  const auto by = client(with);
  EXPECT_EQ(post(by).error().code, errc::timed_out);
  EXPECT_EQ(post(by).error().code, errc::unavailable);
  EXPECT_EQ(kamailio.requests().size(), 1U);
}

TEST_F(KamailioClient, AfterTheQuarantineAReplyPutsEverythingRight) {
  kamailio.next({.bytes = "", .close = false});
  kamailio.always({.bytes = http("200 OK", "{}")});
  const auto by = client(options(soon));
  EXPECT_EQ(post(by).error().code, errc::timed_out);
  EXPECT_TRUE(post(by));
  EXPECT_TRUE(post(by));
}

TEST_F(KamailioClient, LookUpsUnderWayEndWithTheirContext) {
  kamailio.always({.bytes = "", .close = false});
  auto with = options();
  with.max_connections = 1;
  const auto by = client(with);
  const auto one = test::start(io, by->post("{}"));
  const auto two = test::start(io, by->post("{}"));
  while (kamailio.requests().empty()) {
    io.run_one();
  }
  EXPECT_FALSE(one->has_value() || two->has_value());
}

}  // namespace
}  // namespace c2c::routing
