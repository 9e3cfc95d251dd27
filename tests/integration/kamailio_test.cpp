// Against a real Kamailio with IvozProvider's htable, dispatcher, jsonrpcs and its xhttp route.
#include "routing/kamailio.hpp"

#include <cstdlib>
#include <random>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "unit/routing/run.hpp"

namespace c2c::routing {
namespace {

class Kamailio : public testing::Test {
 protected:
  void SetUp() override {
    const char* address = std::getenv("LAB_KAMAILIO_RPC");  // NOLINT(concurrency-mt-unsafe): one thread
    if (address == nullptr) {
      GTEST_SKIP() << "LAB_KAMAILIO_RPC is not set: there is no Kamailio to test against (scripts/lab up --full)";
    }
    kamailio_options options;
    const auto url = parse_http_url(address);
    ASSERT_TRUE(url) << url.error().detail;
    options.url = *url;
    where = *url;
    client = std::make_shared<kamailio_client>(io.get_executor(), options);
  }

  http_reply call(const std::string& body) {
    auto reply = test::run(io, client->post(body));
    EXPECT_TRUE(reply) << reply.error().detail;
    return reply.value_or(http_reply{});
  }

  void set(std::uint64_t company_id, const std::string& uri) {
    const auto reply = call(R"({"jsonrpc":"2.0","method":"htable.sets","params":["AsPerCompanyId",")" +
                            std::to_string(company_id) + R"(",")" + uri + R"("],"id":1})");
    ASSERT_EQ(reply.status, 200U) << reply.body;
  }

  void remove(std::uint64_t company_id) {
    call(R"({"jsonrpc":"2.0","method":"htable.delete","params":["AsPerCompanyId",")" + std::to_string(company_id) +
         R"("],"id":1})");
  }

  // Tests of several runs may share one Kamailio, and no company of the lab has so large a number.
  const std::uint64_t company = 1'000'000'000ULL + std::random_device{}();
  http_url where;
  asio::io_context io{1};
  std::shared_ptr<kamailio_client> client;
};

TEST_F(Kamailio, AKeyThatIsSetIsFoundAndOneThatIsNotIsNotFound) {
  htable_source source(client);
  const auto before = test::run(io, source.find(company));
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().code, errc::not_found) << before.error().detail;
  set(company, "sip:10.11.12.13:6060");
  EXPECT_EQ(test::run(io, source.find(company)), servers{"10.11.12.13"});
  remove(company);
  EXPECT_EQ(test::run(io, source.find(company)).error().code, errc::not_found);
}

TEST_F(Kamailio, ATableThatDoesNotExistIsNotMistakenForAMissingKey) {
  htable_source source(client, "NoSuchTable");
  const auto reply = test::run(io, source.find(company));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, errc::malformed) << reply.error().detail;
}

TEST_F(Kamailio, EachOfManyLookUpsIsAnsweredThoughEveryReplyEndsItsConnectionUnannounced) {
  set(company, "sip:10.11.12.13:6060");
  htable_source source(client);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::shared_ptr<std::optional<result<servers>>>> burst;
    for (int i = 0; i < 64; ++i) {
      burst.push_back(test::start(io, source.find(company)));
    }
    for (const auto& each : burst) {
      const auto found = test::await(io, each);
      ASSERT_TRUE(found) << found.error().detail;
      EXPECT_EQ(*found, servers{"10.11.12.13"});
    }
  }
  remove(company);
}

TEST_F(Kamailio, MalformedJsonGetsNoReplyAndDoesNotHangUs) {
  kamailio_options options;
  options.url = where;
  options.deadline = std::chrono::milliseconds(300);
  const auto impatient = std::make_shared<kamailio_client>(io.get_executor(), options);
  const auto reply = test::run(io, impatient->post("{\"jsonrpc\":"));
  ASSERT_FALSE(reply);
  // Whether it closes or stays silent depends on the route's set_reply_close().
  EXPECT_TRUE(reply.error().code == errc::timed_out || reply.error().code == errc::unavailable) << reply.error().detail;
}

TEST_F(Kamailio, TheListOfSetsIsRead) {
  const auto reply = call(dispatcher_list_request());
  const auto sets = parse_dispatcher_list(reply.status, reply.body);
  ASSERT_TRUE(sets) << sets.error().detail;
  ASSERT_FALSE(sets->empty());
  for (const dispatcher_set& set : *sets) {
    EXPECT_FALSE(set.destinations.empty());
    for (const destination& each : set.destinations) {
      EXPECT_FALSE(each.host.empty());
      EXPECT_EQ(each.flags.size(), 2U);
    }
  }
}

TEST_F(Kamailio, HashesACompanyAsWeDo) {
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{42}, std::uint64_t{12'345}, company}) {
    const auto reply =
        call(R"({"jsonrpc":"2.0","method":"dispatcher.hash","params":[16,")" + std::to_string(id) + R"("],"id":1})");
    const auto body = boost::json::parse(reply.body);
    const auto theirs = body.at("result").at("hashid").to_number<std::uint32_t>();
    EXPECT_EQ(theirs, kamailio_hash(std::to_string(id))) << id;
  }
}

}  // namespace
}  // namespace c2c::routing
