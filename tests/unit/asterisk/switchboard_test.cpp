#include "asterisk/switchboard.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "support/run_task.hpp"
#include "support/scripted_ami.hpp"

namespace c2c::asterisk {
namespace {

using test::ami_script;

class Switchboard : public testing::Test {
 protected:
  // What becomes of an order that Asterisk answers so.
  result<void> ordered(const std::string& answer) {
    board.reset();
    ami.reset();
    server = std::make_unique<test::scripted_ami>(context);
    server->plays(
        ami_script().logs_in("hush").expects("Originate").sends("Response: " + answer + "\r\nActionID: {id}\r\n\r\n"));
    exchange_options options;
    options.port = server->port();
    options.user = "click";
    options.secret = "hush";
    ami = std::make_unique<exchange>(context, options);
    ami->on_event([](std::string_view, const message&) {});
    ami->on_link([](std::string_view, link_change) {});
    board = std::make_unique<switchboard>(*ami);
    return order();
  }
  result<void> order() {
    pbx::order out;
    out.iden = "iden";
    out.destination = "100";
    out.endpoint = "phone";
    out.extension = "10";
    return test::run_task(context, board->originate("127.0.0.1", out, steady_clock::now() + std::chrono::seconds(10),
                                                    [](std::string_view) {}));
  }

  asio::io_context context{1};
  std::unique_ptr<test::scripted_ami> server;
  std::unique_ptr<exchange> ami;
  std::unique_ptr<switchboard> board;
};

TEST_F(Switchboard, WhatAServerRefusesAsItCannotPlaceAnythingMayBeTriedElsewhereAndItRests) {
  for (const std::string why : {"Extension does not exist.", "Permission denied"}) {
    const auto refused = ordered("Error\r\nMessage: " + why);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::not_sent);
    EXPECT_EQ(refused.error().detail, "Asterisk: " + why);
    const std::size_t asked = server->actions().size();
    const auto next = order();
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().detail, "127.0.0.1 has refused an order a moment ago");
    EXPECT_EQ(server->actions().size(), asked);
  }
}

TEST_F(Switchboard, WhatItRefusesOtherwiseIsTriedNowhereElse) {
  for (const std::string why : {"Channel not specified", "Originate failed", "Uniqueid already in use"}) {
    const auto refused = ordered("Error\r\nMessage: " + why);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::rejected) << why;
  }
}

}  // namespace
}  // namespace c2c::asterisk
