#include "client/follow.hpp"

#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_service.hpp"

namespace c2c::client {
namespace {

using test::fake_service;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string event(int number, const std::string& state, const std::string& more = {}) {
  return "id: " + std::to_string(number) + "\ndata: {\"iden\":\"i\",\"state\":\"" + state + "\"" + more + "}\n\n";
}

// A stream that ends with the connection, as the service's do.
std::string stream(const std::string& events) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 10\n\n" + events;
}

class Follow : public ::testing::Test {
 protected:
  end_of_call follow(const fake_service& service) {
    stop.emplace();
    live_call which;
    which.where = parse_url("http://127.0.0.1:" + std::to_string(service.port())).value();
    which.iden = "i";
    which.ticket = "t.t";
    return client::follow(which, *stop, [this](const snapshot* change) {
      if (change != nullptr) {
        states.emplace_back(call::to_string(change->state));
        if (change->state == interrupt_at) {
          std::raise(SIGINT);
        }
      }
    });
  }

  std::optional<interrupt> stop;  // of the call that is followed
  std::optional<call_state> interrupt_at;
  std::vector<std::string> states;
};

TEST_F(Follow, TellsEachChangeUpToTheLast) {
  fake_service service(
      {{stream(event(1, "initiating") + event(2, "callingCaller") + event(3, "failed", R"(,"reason":"callerBusy")"))}});
  const auto end = follow(service);
  EXPECT_THAT(states, ElementsAre("initiating", "callingCaller", "failed"));
  ASSERT_TRUE(std::holds_alternative<snapshot>(end));
  EXPECT_EQ(std::get<snapshot>(end).reason, end_reason::caller_busy);
  EXPECT_THAT(service.requests().at(0), HasSubstr("GET /calls/i HTTP/1.1\r\n"));
  EXPECT_THAT(service.requests().at(0), HasSubstr("Authorization: Bearer t.t\r\n"));
  EXPECT_THAT(service.requests().at(0), Not(HasSubstr("Last-Event-ID")));
}

TEST_F(Follow, ABrokenStreamGoesOnAfterTheLastChangeThatWasSeen) {
  fake_service service({{stream(event(1, "initiating") + event(2, "callingCaller"))},
                        {test::hang_up},
                        {stream(event(3, "connected"))},
                        {stream(event(4, "disconnected", R"(,"reason":"hangUp")"))}});
  follow(service);
  EXPECT_THAT(states, ElementsAre("initiating", "callingCaller", "connected", "disconnected"));
  EXPECT_THAT(service.requests().at(2), HasSubstr("Last-Event-ID: 2\r\n"));
  EXPECT_THAT(service.requests().at(3), HasSubstr("Last-Event-ID: 3\r\n"));
}

TEST_F(Follow, AServiceThatDoesNotKnowTheCallIsNotAskedAgain) {
  fake_service service({{"HTTP/1.1 404 Not Found\r\nContent-Length: 24\r\n\r\n{\"error\":\"unknown call\"}\n"}});
  const auto end = follow(service);
  ASSERT_TRUE(std::holds_alternative<refused>(end));
  EXPECT_EQ(std::get<refused>(end).status, 404U);
  EXPECT_EQ(std::get<refused>(end).error, "unknown call");
}

TEST_F(Follow, AServiceThatIsJustGoingIsAskedAgain) {
  fake_service service({{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"},
                        {stream(event(1, "failed", R"(,"reason":"other")"))}});
  EXPECT_TRUE(std::holds_alternative<snapshot>(follow(service)));
}

TEST_F(Follow, NothingMoreToTellIsTheEndThatWasSeen) {
  fake_service service({{stream(event(1, "callingCaller"))}, {"HTTP/1.1 204 No Content\r\n\r\n"}});
  const auto end = follow(service);
  ASSERT_TRUE(std::holds_alternative<snapshot>(end));
  EXPECT_EQ(std::get<snapshot>(end).state, call_state::calling_caller);
}

TEST_F(Follow, ASignalHangsUpAndTheEndIsStillTold) {
  interrupt_at = call_state::calling_caller;
  // The DELETE comes on a connection of its own, then the stream is taken up again.
  fake_service service({{stream(event(1, "callingCaller"))},
                        {"HTTP/1.1 204 No Content\r\n\r\n"},
                        {stream(event(2, "failed", R"(,"reason":"callerAbandon")"))}});
  const auto end = follow(service);
  EXPECT_THAT(service.requests().at(1), HasSubstr("DELETE /calls/i HTTP/1.1\r\n"));
  EXPECT_THAT(service.requests().at(1), HasSubstr("Authorization: Bearer t.t\r\n"));
  ASSERT_TRUE(std::holds_alternative<snapshot>(end));
  EXPECT_EQ(std::get<snapshot>(end).reason, end_reason::caller_abandon);
}

constexpr const char* no_content = "HTTP/1.1 204 No Content\r\n\r\n";

std::string refuses(const std::string& status, const std::string& more = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n" + more + "\r\n";
}

bool is_hang_up(const std::string& request) {
  return request.starts_with("DELETE ");
}

// A call that rings until a DELETE is answered with 204; each DELETE takes the next answer of the list.
class ringing {
 public:
  explicit ringing(std::vector<std::string> answers) : answers_(std::move(answers)) {}

  std::string operator()(const std::string& request) {
    if (is_hang_up(request)) {
      std::string out = answers_.at(next_++);
      over_ = out == no_content;
      return out;
    }
    return over_ ? stream(event(2, "failed", R"(,"reason":"callerAbandon")")) : stream(event(1, "callingCaller"));
  }

 private:
  std::vector<std::string> answers_;
  std::size_t next_ = 0;
  bool over_ = false;
};

TEST_F(Follow, AHangUpIsSentAgainUntilItIsTaken) {
  interrupt_at = call_state::calling_caller;
  for (const char* status : {"503 Service Unavailable", "429 Too Many Requests", "502 Bad Gateway", "500 Oh"}) {
    fake_service service(ringing({refuses(status), refuses(status), no_content}));
    const auto end = follow(service);
    ASSERT_TRUE(std::holds_alternative<snapshot>(end)) << status;
    EXPECT_EQ(std::get<snapshot>(end).reason, end_reason::caller_abandon);
    EXPECT_EQ(std::ranges::count_if(service.requests(), is_hang_up), 3) << status;
  }
}

TEST_F(Follow, AHangUpWaitsForAsLongAsTheServiceAsks) {
  interrupt_at = call_state::calling_caller;
  fake_service service(ringing({refuses("429 Too Many Requests", "Retry-After: 1\r\n"), no_content}));
  const auto begin = std::chrono::steady_clock::now();
  const auto end = follow(service);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_EQ(std::ranges::count_if(service.requests(), is_hang_up), 2);
  EXPECT_TRUE(std::holds_alternative<snapshot>(end));
}

TEST_F(Follow, AHangUpThatIsRefusedForGoodLeavesTheCall) {
  interrupt_at = call_state::calling_caller;
  for (const char* status : {"401 Unauthorized", "403 Forbidden", "405 Method Not Allowed", "404 Not Found"}) {
    fake_service service({{stream(event(1, "callingCaller"))}, {refuses(status)}});
    const auto end = follow(service);
    ASSERT_TRUE(std::holds_alternative<refused>(end)) << status;
    EXPECT_FALSE(known_to_be_over(end)) << status << ", of whoever answers in the service's place";
  }
}

TEST_F(Follow, AHangUpOfACallThatTheServiceDoesNotKnowIsItsEnd) {
  interrupt_at = call_state::calling_caller;
  fake_service service({{stream(event(1, "callingCaller"))},
                        {"HTTP/1.1 404 Not Found\r\nContent-Length: 24\r\n\r\n{\"error\":\"unknown call\"}\n"}});
  const auto end = follow(service);
  ASSERT_TRUE(std::holds_alternative<refused>(end));
  EXPECT_TRUE(known_to_be_over(end));
}

TEST_F(Follow, ACallThatWasHungUpIsOverThoughNobodyTellsHow) {
  interrupt_at = call_state::connected;
  fake_service service({{stream(event(1, "connected"))}, {no_content}, {no_content}});
  EXPECT_TRUE(known_to_be_over(follow(service)));
  fake_service silent(
      {{stream(event(1, "connected"))}, {no_content}, {refuses("429 Too Many Requests", "Retry-After: 3600\r\n")}});
  const auto end = follow(silent);
  ASSERT_TRUE(std::holds_alternative<over_unseen>(end));
  EXPECT_TRUE(std::get<over_unseen>(end).connected);
}

TEST_F(Follow, AStreamThatIsRefusedForNowIsTakenUpAgainWhenTheServiceSays) {
  fake_service service({{stream(event(1, "callingCaller"))},
                        {refuses("429 Too Many Requests", "Retry-After: 1\r\n")},
                        {stream(event(2, "failed", R"(,"reason":"callerBusy")"))}});
  const auto begin = std::chrono::steady_clock::now();
  const auto end = follow(service);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_TRUE(std::holds_alternative<snapshot>(end));
  EXPECT_THAT(states, ElementsAre("callingCaller", "failed"));
  EXPECT_THAT(service.requests().at(2), HasSubstr("Last-Event-ID: 1\r\n"));
}

TEST_F(Follow, AHangUpDoesNotWaitForAStreamThatIsRefused) {
  const auto begin = std::chrono::steady_clock::now();
  fake_service service([&](const std::string& request) {
    if (is_hang_up(request)) {
      return std::string(no_content);
    }
    stop->ask();
    return refuses("429 Too Many Requests", "Retry-After: 3600\r\n");
  });
  EXPECT_TRUE(known_to_be_over(follow(service)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace c2c::client
