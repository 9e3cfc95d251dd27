#include "routing/kamailio.hpp"

#include <gtest/gtest.h>

#include "fake_http.hpp"
#include "run.hpp"

namespace c2c::routing {
namespace {

using std::chrono::milliseconds;
using test::http;

std::string two_sets() {
  return http("200 OK", R"({"result":{"RECORDS":[
    {"SET":{"ID":3,"TARGETS":[{"DEST":{"URI":"sip:c","FLAGS":"AX"}}]}},
    {"SET":{"ID":0,"TARGETS":[{"DEST":{"URI":"sip:a","FLAGS":"AX"}},{"DEST":{"URI":"sip:b","FLAGS":"AX"}}]}}]}})");
}

class fixed_set final : public set_lookup {
 public:
  explicit fixed_set(result<std::uint64_t> answer) : answer_(std::move(answer)) {}
  task<result<std::uint64_t>> set_of(std::uint64_t /*company_id*/) override { co_return answer_; }

 private:
  result<std::uint64_t> answer_;
};

class KamailioSources : public testing::Test {
 protected:
  std::shared_ptr<kamailio_client> client() {
    kamailio_options with;
    with.url = *net::parse_web_url("http://127.0.0.1:" + std::to_string(kamailio.port()));
    with.deadline = milliseconds(20'000);
    return std::make_shared<kamailio_client>(io.get_executor(), std::move(with));
  }

  result<servers> find_in_set(result<std::uint64_t> known) {
    kamailio.always({.bytes = two_sets()});
    dispatcher_source source(client(), std::make_unique<fixed_set>(std::move(known)));
    return test::run(io, source.find(1));
  }

  asio::io_context io{1};
  test::fake_http kamailio{io};
};

TEST_F(KamailioSources, TheTableGivesOneServer) {
  kamailio.always({.bytes = http("200 OK", R"({"result":{"item":{"name":"9","value":"sip:10.0.0.5:6060"}},"id":1})")});
  htable_source source(client());
  EXPECT_EQ(test::run(io, source.find(9)), servers{"10.0.0.5"});
  EXPECT_NE(kamailio.requests().at(0).find(R"(["AsPerCompanyId","9"])"), std::string::npos);
}

TEST_F(KamailioSources, AMissingKeyIsNotFoundAndAWrongStatusMalformed) {
  kamailio.next(
      {.bytes = http("500 x", R"({"error":{"code":500,"message":"Key name doesn't exist in htable."},"id":1})")});
  kamailio.next({.bytes = http("404 Not Found", "<html>")});
  htable_source source(client());
  EXPECT_EQ(test::run(io, source.find(9)).error().code, errc::not_found);
  EXPECT_EQ(test::run(io, source.find(9)).error().code, errc::malformed);
}

TEST_F(KamailioSources, TheDispatcherTakesTheCompanysSet) {
  EXPECT_EQ(find_in_set(3), servers{"c"});
  EXPECT_EQ(find_in_set(0), (servers{"b", "a"}));  // 55 % 2 = 1
  EXPECT_EQ(find_in_set(4).error().code, errc::not_found);
}

TEST_F(KamailioSources, WhereTheSetIsUnknownItIsTheDefaultOne) {
  EXPECT_EQ(find_in_set(fail(errc::backend_unavailable)), (servers{"b", "a"}));
  dispatcher_source source(client(), nullptr);
  EXPECT_EQ(test::run(io, source.find(1)), (servers{"b", "a"}));
}

TEST_F(KamailioSources, OneListServesWhoeverAsksAtTheSameTime) {
  kamailio.always({.bytes = two_sets()});
  dispatcher_source source(client(), nullptr, std::chrono::hours(1));
  const auto one = test::start(io, source.find(1));
  const auto two = test::start(io, source.find(2));
  EXPECT_TRUE(test::await(io, one));
  EXPECT_TRUE(test::await(io, two));
  EXPECT_TRUE(test::run(io, source.find(3)));
  EXPECT_EQ(kamailio.requests().size(), 1U);
}

TEST_F(KamailioSources, AListIsAskedForAnewOnceItIsOldOrHasFailed) {
  kamailio.next({.bytes = ""});
  kamailio.always({.bytes = two_sets()});
  dispatcher_source source(client(), nullptr, milliseconds(0));
  EXPECT_EQ(test::run(io, source.find(1)).error().code, errc::unavailable);
  EXPECT_TRUE(test::run(io, source.find(1)));
  EXPECT_TRUE(test::run(io, source.find(1)));
  EXPECT_EQ(kamailio.requests().size(), 3U);
}

TEST(ChooseSet, TheOnlySetIsTakenWhereNothingIsKnown) {
  const std::vector<dispatcher_set> one{{.id = 5, .destinations = {}}};
  EXPECT_EQ(choose_set(one, std::nullopt), one.data());
  EXPECT_EQ(choose_set(one, 5), one.data());
  EXPECT_EQ(choose_set(one, 6), nullptr);
  EXPECT_EQ(choose_set({}, std::nullopt), nullptr);
}

}  // namespace
}  // namespace c2c::routing
