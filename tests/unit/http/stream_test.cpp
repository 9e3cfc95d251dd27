// Answers that come over time, on a real loopback socket.
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "http/event_stream.hpp"
#include "http/session.hpp"

namespace c2c::http {
namespace {

using namespace std::chrono_literals;

class Stream : public ::testing::Test {
 protected:
  Stream() : routes_({{"/s", verb::get, "GET", [this](request what) { return answer(what); }}}) {}

  task<response> answer(request) {
    response made;
    auto events = std::make_shared<event_stream>([this] { ++ended; });
    stream = events;
    made.stream = std::move(events);
    co_return made;
  }

  // Connects a reader and sends its request; the session runs on the same context.
  void open() {
    tcp_acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    reader.connect(acceptor.local_endpoint());
    asio::co_spawn(context.get_executor(), serve(acceptor.accept(), &room_), asio::detached);
    asio::write(reader, asio::buffer(std::string("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")));
    run_until([this] { return !stream.expired(); });
  }
  template <class Done>
  void run_until(Done done) {
    const auto deadline = steady_clock::now() + 20s;
    while (!done() && steady_clock::now() < deadline) {
      context.run_one_for(100ms);
    }
    ASSERT_TRUE(done());
  }
  // Reads until `text` has come.
  void expect(std::string_view text) {
    const auto deadline = steady_clock::now() + 20s;
    reader.non_blocking(true);
    while (got.find(text) == std::string::npos && steady_clock::now() < deadline) {
      context.run_one_for(10ms);
      char some[4'096];
      boost::system::error_code ec;
      const std::size_t size = reader.read_some(asio::buffer(some), ec);
      got.append(some, size);
      closed = closed || ec == asio::error::eof;
      if (closed) {
        break;
      }
    }
    EXPECT_NE(got.find(text), std::string::npos) << got;
  }
  void expect_close() {
    run_until([this] {
      char byte;
      boost::system::error_code ec;
      reader.non_blocking(true);
      reader.read_some(asio::buffer(&byte, 1), ec);
      return ec == asio::error::eof;
    });
  }

  asio::io_context context{1};
  router routes_;
  cors origins_{{"*"}};
  session_options options_;
  connections open_{context, 10};
  date_cache dates_;
  session_room room_{routes_, origins_, options_, open_, dates_};
  tcp_socket reader{context};
  std::weak_ptr<event_stream> stream;
  std::string got;
  bool closed = false;
  int ended = 0;
};

TEST_F(Stream, SendsItsHeadAtOnceAndTellsProxiesNotToWait) {
  open();
  expect("\r\n\r\n");
  EXPECT_NE(got.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(got.find("Cache-Control: no-store, no-transform\r\n"), std::string::npos);
  EXPECT_NE(got.find("X-Accel-Buffering: no\r\n"), std::string::npos);
  EXPECT_NE(got.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(got.find("Content-Length"), std::string::npos);
}

TEST_F(Stream, SendsWhatComesAndClosesAfterTheLast) {
  open();
  stream.lock()->send("one\n");
  expect("one\n");
  stream.lock()->send("two\n");
  stream.lock()->finish();
  expect("two\n");
  expect_close();
  run_until([this] { return open_.empty(); });
  EXPECT_EQ(ended, 1);
}

TEST_F(Stream, AReaderThatGoesIsNoticedBeforeAnythingIsSent) {
  open();
  expect("\r\n\r\n");
  reader.close();
  run_until([this] { return ended == 1; });
  run_until([this] { return open_.empty(); });
}

TEST_F(Stream, SilenceIsBrokenByAHeartbeat) {
  options_.heartbeat = 0s;
  open();
  expect("\r\n\r\n:\n\n:\n\n");
}

TEST_F(Stream, AReaderThatDoesNotReadIsCutOff) {
  options_.write_timeout = 1s;
  open();
  stream.lock()->send(std::string(32U << 20U, 'x'));
  run_until([this] { return ended == 1; });
  run_until([this] { return open_.empty(); });
}

TEST_F(Stream, EndsWhenTheWorkerDrains) {
  open();
  expect("\r\n\r\n");
  open_.drain();
  expect_close();
  EXPECT_EQ(ended, 1);
}

TEST_F(Stream, WhatAReaderSendsAfterItsRequestIsNoRequest) {
  open();
  asio::write(reader, asio::buffer(std::string(1'000, 'y')));
  run_until([this] { return context.poll() == 0; });
  stream.lock()->send("still here\n");
  expect("still here\n");
  stream.lock()->finish();
  expect_close();
  EXPECT_EQ(ended, 1);
}

TEST_F(Stream, AReaderThatTalksOnIsCutOff) {
  open();
  boost::system::error_code ignored;
  for (int i = 0; i < 100 && ended == 0; ++i) {
    reader.write_some(asio::buffer(std::string(1'000, 'y')), ignored);
    context.run_one_for(10ms);
  }
  run_until([this] { return ended == 1; });
}

}  // namespace
}  // namespace c2c::http
