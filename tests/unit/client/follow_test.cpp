#include "client/follow.hpp"

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
    live_call which;
    which.where = parse_url("http://127.0.0.1:" + std::to_string(service.port())).value();
    which.iden = "i";
    which.ticket = "t.t";
    return client::follow(which, stop, [this](const snapshot* change) {
      if (change != nullptr) {
        states.emplace_back(call::to_string(change->state));
        if (change->state == interrupt_at) {
          std::raise(SIGINT);
        }
      }
    });
  }

  interrupt stop;
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

}  // namespace
}  // namespace c2c::client
