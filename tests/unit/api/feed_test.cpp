#include "api/feed.hpp"

#include <gtest/gtest.h>

namespace c2c::api {
namespace {

using call::change;
using call::reason;
using call::state;

change at(state what, int second, reason why = reason::none) {
  return {what, why, wall_time(std::chrono::seconds(second))};
}

class Feed : public ::testing::Test {
 protected:
  std::string events() {
    context.restart();
    context.run();
    return stream->take();
  }

  asio::io_context context{1};
  std::shared_ptr<feed> fed = std::make_shared<feed>(context.get_executor(), "Iden");
  std::shared_ptr<http::event_stream> stream = std::make_shared<http::event_stream>(nullptr);
  call::history told{at(state::initiating, 0), at(state::calling_caller, 1)};
};

TEST_F(Feed, TellsEveryChangeSoFarAndToCome) {
  fed->start(told, 0, stream);
  EXPECT_EQ(
      events(),
      "retry: 1000\n\n"
      "id: 1\ndata: {\"iden\":\"Iden\",\"state\":\"initiating\",\"startedAt\":\"1970-01-01T00:00:00.000Z\"}\n\n"
      "id: 2\ndata: {\"iden\":\"Iden\",\"state\":\"callingCaller\",\"startedAt\":\"1970-01-01T00:00:00.000Z\"}\n\n");
  EXPECT_FALSE(stream->finished());
  fed->on_change(at(state::failed, 61, reason::caller_busy), 3);
  EXPECT_EQ(events(),
            "id: 3\ndata: {\"iden\":\"Iden\",\"state\":\"failed\",\"reason\":\"callerBusy\",\"startedAt\":"
            "\"1970-01-01T00:00:00.000Z\",\"endedAt\":\"1970-01-01T00:01:01.000Z\"}\n\n");
  EXPECT_TRUE(stream->finished());
}

TEST_F(Feed, GoesOnAfterWhatTheReaderHasSeen) {
  fed->start(told, 1, stream);
  const std::string sent = events();
  EXPECT_EQ(sent.find("id: 1\n"), std::string::npos);
  EXPECT_NE(sent.find("id: 2\n"), std::string::npos);
}

TEST_F(Feed, AReaderThatClaimsToHaveSeenTheFutureMissesNothing) {
  fed->start(told, 1'000, stream);
  fed->on_change(at(state::calling_callee, 2), 3);
  EXPECT_NE(events().find("id: 3\n"), std::string::npos);
}

TEST_F(Feed, ChangesThatOvertakeTheHistoryAreToldOnceAndInOrder) {
  fed->on_change(at(state::calling_caller, 1), 2);
  fed->on_change(at(state::calling_callee, 2), 3);
  context.run();
  fed->start(told, 0, stream);
  const std::string sent = events();
  const auto first = sent.find("id: 1\n");
  const auto second = sent.find("id: 2\n");
  const auto third = sent.find("id: 3\n");
  ASSERT_NE(third, std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_EQ(sent.find("id: 2\n", second + 1), std::string::npos);
}

TEST_F(Feed, TellsTheEndHoweverManyChangesTheCallsNewHomeHasCounted) {
  told.push_back(at(state::calling_callee, 2));
  told.push_back(at(state::connected, 3));
  fed->start(told, 0, stream);
  events();
  fed->on_change(at(state::connected, 3), 3);
  EXPECT_EQ(events(), "") << "it is known";
  fed->on_change(at(state::disconnected, 9, reason::hang_up), 4);
  EXPECT_NE(events().find("id: 5\n"), std::string::npos);
  EXPECT_TRUE(stream->finished());
}

TEST_F(Feed, OutlivesItsReader) {
  fed->start(told, 0, stream);
  stream.reset();
  fed->on_change(at(state::calling_callee, 2), 3);
  context.run();
}

}  // namespace
}  // namespace c2c::api
