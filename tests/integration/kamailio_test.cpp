// Against a real Kamailio with IvozProvider's htable, dispatcher, usrloc, jsonrpcs and its xhttp route.
#include "routing/kamailio.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <random>
#include <string>

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "routing/usrloc.hpp"
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
    const auto url = net::parse_web_url(address);
    ASSERT_TRUE(url) << url.error().detail;
    options.url = *url;
    client = std::make_shared<kamailio_client>(io.get_executor(), options);
  }

  net::http_answer call(const std::string& body) {
    auto reply = test::run(io, client->post(body));
    EXPECT_TRUE(reply) << reply.error().detail;
    return reply.value_or(net::http_answer{});
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
  kamailio_options options;
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

class Location : public Kamailio {
 protected:
  void SetUp() override {
    Kamailio::SetUp();
    const char* address = std::getenv("LAB_KAMAILIO_SIP");  // NOLINT(concurrency-mt-unsafe): one thread
    if (IsSkipped() || address == nullptr) {
      GTEST_SKIP() << "LAB_KAMAILIO_SIP is not set: there is nowhere to register (scripts/lab up --full)";
    }
    const std::string_view text = address;
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    sip = {asio::ip::make_address(text.substr(0, colon)), port};
    client = std::make_shared<kamailio_client>(io.get_executor(), preflight_options(options));
  }

  // What Kamailio says to a REGISTER from loopback; "*" as the contact takes all of the AoR's back.
  static task<std::string> send(asio::ip::udp::endpoint to, std::string aor, std::string contact, int expires) {
    asio::ip::udp::socket wire(co_await asio::this_coro::executor, {asio::ip::address_v4::loopback(), 0});
    const std::string port = std::to_string(wire.local_endpoint().port());
    const std::string unique = std::to_string(std::random_device{}()) + port;
    const std::string request = "REGISTER sip:lab SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:" + port +
                                ";rport;branch=z9hG4bK" + unique + "\r\nFrom: <sip:" + aor +
                                ">;tag=1\r\nTo: <sip:" + aor + ">\r\nCall-ID: " + unique +
                                "\r\nCSeq: 1 REGISTER\r\nContact: " + contact +
                                "\r\nExpires: " + std::to_string(expires) + "\r\nContent-Length: 0\r\n\r\n";
    std::array<char, 4096> reply{};
    for (int attempt = 0; attempt < 10; ++attempt) {
      co_await wire.async_send_to(asio::buffer(request), to, as_result);
      const auto [ec, count] = co_await wire.async_receive(
          asio::buffer(reply), asio::cancel_after(std::chrono::milliseconds(500), as_result));
      if (!ec) {
        co_return std::string(reply.data(), std::string_view(reply.data(), count).find('\r'));
      }
    }
    co_return "no reply";
  }

  void enrol(const std::string& user, const std::string& contact, int expires) {
    ASSERT_EQ(test::run(io, send(sip, user + "@127.0.0.1", contact, expires)), "SIP/2.0 200 OK");
  }

  result<bool> registered(const std::string& user, const std::string& domain = "127.0.0.1",
                          const std::string& table = "kam_users_location") {
    usrloc in(client, table);
    return test::run(io, in.registered(user, domain, steady_time::max()));
  }

  const std::string name = "it" + std::to_string(std::random_device{}());
  asio::ip::udp::endpoint sip;
};

TEST_F(Location, APhoneIsRegisteredFromItsRegisterUntilItTakesItBack) {
  EXPECT_EQ(registered(name), false);
  enrol(name, "<sip:phone@127.0.0.1:9>", 600);
  EXPECT_EQ(registered(name), true);
  enrol(name, "*", 0);
  EXPECT_EQ(registered(name), false);
}

TEST_F(Location, NamesAreComparedIgnoringCaseAndDomainsAreToldApart) {
  enrol("IT" + name.substr(2), "<sip:phone@127.0.0.1:9>", 600);
  EXPECT_EQ(registered(name), true);
  EXPECT_EQ(registered("iT" + name.substr(2)), true);
  EXPECT_EQ(registered(name, "127.0.0.2"), false);
  EXPECT_EQ(registered(name + "x"), false);
  enrol(name, "*", 0);
}

TEST_F(Location, ARegistrationThatHasExpiredIsNone) {
  enrol(name, "<sip:phone@127.0.0.1:9>", 1);
  const steady_time patience = steady_clock::now() + std::chrono::seconds(20);
  result<bool> now = true;
  while (now && *now && steady_clock::now() < patience) {
    now = registered(name);
  }
  EXPECT_EQ(now, false);
}

TEST_F(Location, ATableThatDoesNotExistIsNotMistakenForAPhoneThatIsOff) {
  const auto reply = registered(name, "127.0.0.1", "no_such_table");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, errc::malformed) << reply.error().detail;
}

TEST_F(Location, ANameOfAnyCharactersIsOneParameter) {
  for (const char* odd : {"a\"],\"x", "a\\", "a b", "a@b", "a\tb", "\xc3\xa9"}) {
    EXPECT_EQ(registered(odd), false) << odd;
  }
}

}  // namespace
}  // namespace c2c::routing
