// One connection, on a real loopback socket.
#include "http/session.hpp"

#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace c2c::http {
namespace {

using namespace std::chrono_literals;

task<response> answer_ok(request) {
  response made;
  made.body = "{}";
  co_return made;
}

class HttpSession : public testing::Test {
 protected:
  void connect() {
    tcp_acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    client.connect(acceptor.local_endpoint());
    asio::co_spawn(context.get_executor(), serve(acceptor.accept(), &room), asio::detached);
    client.non_blocking(true);
  }

  // Whether one more answer comes, rather than the connection's end.
  bool next_answer() {
    for (;;) {
      if (const auto end = got.find("\r\n\r\n{}"); end != std::string::npos) {
        got.erase(0, end + 6);
        return true;
      }
      char some[4'096];
      boost::system::error_code ec;
      got.append(some, client.read_some(asio::buffer(some), ec));
      if (ec && ec != asio::error::would_block) {
        return false;
      }
      context.run_one_for(10ms);
    }
  }

  asio::io_context context{1};
  router routes{{{"/x", verb::get, "GET", answer_ok}}};
  cors origins{{"*"}};
  session_options options;
  connections open{context, 10};
  date_cache dates;
  session_room room{routes, origins, options, open, dates};
  tcp_socket client{context};
  std::string got;
};

TEST_F(HttpSession, EachPipelinedRequestHasItsOwnTime) {
  options.request_timeout = 1s;
  connect();
  const std::string whole = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
  // The beginning of the next request always comes with the end of the one before.
  const std::string begin = whole.substr(0, 7);
  const std::string rest = whole.substr(7) + begin;
  asio::write(client, asio::buffer(begin));
  int answered = 0;
  for (const steady_time until = steady_clock::now() + 3 * options.request_timeout; steady_clock::now() < until;) {
    asio::write(client, asio::buffer(rest));
    ASSERT_TRUE(next_answer()) << "cut off after " << answered << " requests";
    ++answered;
  }
}

TEST_F(HttpSession, ARequestThatDoesNotEndInItsTimeIsCutOff) {
  options.request_timeout = 1s;
  connect();
  asio::write(client, asio::buffer(std::string("GET /x HTTP/1.1\r\n")));
  EXPECT_FALSE(next_answer());
}

TEST_F(HttpSession, ARequestBeginsWithItsFirstByte) {
  steady_time began;
  routes = router{{{"/x", verb::get, "GET", [&began](request asked) {
                      began = asked.began;
                      return answer_ok(asked);
                    }}}};
  connect();
  asio::write(client, asio::buffer(std::string("GET /x HTTP/1.1\r\n")));
  while (context.run_one_for(50ms) > 0) {
  }
  const steady_time half_read = steady_clock::now();
  asio::write(client, asio::buffer(std::string("Host: x\r\n\r\n")));
  ASSERT_TRUE(next_answer());
  EXPECT_LT(began, half_read);
}

}  // namespace
}  // namespace c2c::http
