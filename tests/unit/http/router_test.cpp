#include "http/router.hpp"

#include <string>

#include <gtest/gtest.h>

#include "support/run_task.hpp"

namespace c2c::http {
namespace {

using namespace std::chrono_literals;

task<response> fine(request) {
  co_return response{.body = "fine"};
}

class Router : public testing::Test {
 protected:
  response answer(verb method, std::string_view path, const char* client = "192.0.2.1") {
    request what;
    what.method = method;
    what.path = path;
    what.client = boost::asio::ip::make_address(client);
    return test::run_task(context, routes.answer(what));
  }

  asio::io_context context;
  router routes{{{"/call", verb::post, "POST, OPTIONS", fine}}, [](const boost::asio::ip::address& client) {
                  return client == boost::asio::ip::make_address("192.0.2.9") ? 7s : 0s;
                }};
};

TEST_F(Router, AnswersWhomItAdmits) {
  EXPECT_EQ(answer(verb::post, "/call").body, "fine");
}

TEST_F(Router, TellsWhomItDoesNotAdmitHowLongToWaitWhateverIsAskedFor) {
  for (const auto& refused : {answer(verb::post, "/call", "192.0.2.9"), answer(verb::get, "/call", "192.0.2.9"),
                              answer(verb::get, "/nothing", "192.0.2.9")}) {
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.retry_after, 7s);
    EXPECT_EQ(refused.body, "{\"error\":\"too many requests\"}\n");
  }
}

TEST_F(Router, AlwaysAnswersAPreflightSoThatAPageCanReadTheRefusal) {
  EXPECT_EQ(answer(verb::options, "/call", "192.0.2.9").status, 204);
}

}  // namespace
}  // namespace c2c::http
