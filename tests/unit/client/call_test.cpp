#include "client/call.hpp"

#include <deque>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/digest.hpp"

namespace c2c::client {
namespace {

using reply = std::expected<answer, trouble>;

// Answers from a list and keeps what was asked.
class script {
 public:
  explicit script(std::deque<reply> replies) : replies_(std::move(replies)) {}

  transport as_transport() {
    return [this](std::string_view endpoint, const std::string& body, repeat again) {
      EXPECT_EQ(again == repeat::safe, endpoint == "challenge") << "only a challenge is safe to repeat unseen";
      endpoints.emplace_back(endpoint);
      bodies.push_back(boost::json::parse(body).as_object());
      if (replies_.empty()) {
        ADD_FAILURE() << "one request too many: " << endpoint;
        return reply(answer{.status = 500});
      }
      reply out = std::move(replies_.front());
      replies_.pop_front();
      return out;
    };
  }

  std::vector<std::string> endpoints;
  std::vector<boost::json::object> bodies;

 private:
  std::deque<reply> replies_;
};

using steps = std::vector<std::string>;

reply ok(std::string body) {
  return answer{.status = 200, .body = std::move(body)};
}

reply challenge(const std::string& nonce) {
  return ok(R"({"nonce":")" + nonce + R"(","realm":"example.com"})");
}

reply status(unsigned code, std::string body = {}) {
  return answer{.status = code, .body = std::move(body)};
}

reply trouble_with(trouble_kind kind, bool sent) {
  return std::unexpected(trouble{.kind = kind, .detail = "x", .sent = sent});
}

settings alice() {
  settings out;
  out.aor = "ALICE@Example.com";
  out.user = "ALICE";
  out.domain = "Example.com";
  out.password = secret("pw");
  return out;
}

order to_bob() {
  return {.destination = "+34900000000", .iden = "myIden"};
}

std::string sign(std::string_view realm, std::string_view nonce) {
  auth::digester digester;
  const auto out = digester.response("ALICE", realm, "pw", nonce, "+34900000000");
  return {out.data(), out.size()};
}

}  // namespace

TEST(Call, SignsTheDestinationWithTheChallengeInTheClientsOwnSpelling) {
  script server({challenge("n1"), ok(R"({"iden":"theirs"})")});
  const outcome out = place(alice(), to_bob(), server.as_transport());
  ASSERT_TRUE(std::holds_alternative<placed>(out.what));
  EXPECT_EQ(std::get<placed>(out.what).iden, "theirs");
  EXPECT_EQ(server.endpoints, (steps{"challenge", "call"}));
  EXPECT_EQ(server.bodies[0], (boost::json::object{{"aor", "ALICE@Example.com"}}));
  EXPECT_EQ(server.bodies[1], (boost::json::object{{"aor", "ALICE@Example.com"},
                                                   {"nonce", "n1"},
                                                   {"response", sign("example.com", "n1")},
                                                   {"destination", "+34900000000"},
                                                   {"iden", "myIden"}}));
}

TEST(Call, UsesTheAorsDomainWhereTheServiceNamesNoRealm) {
  script server({ok(R"({"nonce":"n1"})"), ok("{}")});
  const outcome out = place(alice(), to_bob(), server.as_transport());
  EXPECT_EQ(server.bodies[1]["response"].as_string(), sign("Example.com", "n1"));
  EXPECT_EQ(std::get<placed>(out.what).iden, "myIden");
}

TEST(Call, SendsOptionsOnlyWhereTheyWereGiven) {
  order what = to_bob();
  what.max_duration_ms = 60'000;
  what.dial_timeout_s = 20;
  what.optimize = true;
  script server({challenge("n"), ok("{}")});
  place(alice(), what, server.as_transport());
  EXPECT_EQ(server.bodies[1]["maxDuration"], 60'000);
  EXPECT_EQ(server.bodies[1]["dialTimeout"], 20);
  EXPECT_EQ(server.bodies[1]["optimize"], true);
}

TEST(Call, IsNotPlacedInADryRunAndTheRequestHoldsNoPassword) {
  order what = to_bob();
  what.dry_run = true;
  script server({challenge("n1")});
  const outcome out = place(alice(), what, server.as_transport());
  const auto& shown = std::get<rehearsed>(out.what);
  EXPECT_EQ(server.endpoints, (steps{"challenge"}));
  EXPECT_EQ(shown.request.find("\"pw\""), std::string::npos);
  EXPECT_NE(shown.request.find(sign("example.com", "n1")), std::string::npos);
}

TEST(Call, TakesOneNewChallengeForARefusedNonce) {
  script server({challenge("n1"), status(401), challenge("n2"), ok("{}")});
  EXPECT_TRUE(std::holds_alternative<placed>(place(alice(), to_bob(), server.as_transport()).what));
  EXPECT_EQ(server.bodies[3]["nonce"], "n2");
  EXPECT_EQ(server.bodies[3]["response"].as_string(), sign("example.com", "n2"));

  script stubborn({challenge("n1"), status(401), challenge("n2"), status(401, R"({"error":"invalid nonce"})")});
  const outcome out = place(alice(), to_bob(), stubborn.as_transport());
  EXPECT_EQ(std::get<refused>(out.what).status, 401U);
  EXPECT_EQ(std::get<refused>(out.what).error, "invalid nonce");
}

TEST(Call, IsSentAgainWithTheSameIdenWhenTheConnectionBroke) {
  script server({challenge("n1"), trouble_with(trouble_kind::broken, true), challenge("n2"), ok("{}")});
  const outcome out = place(alice(), to_bob(), server.as_transport());
  EXPECT_TRUE(std::holds_alternative<placed>(out.what));
  EXPECT_FALSE(out.maybe_placed);
  EXPECT_EQ(server.bodies[1]["iden"], server.bodies[3]["iden"]);
  EXPECT_EQ(server.bodies[3]["nonce"], "n2");
}

TEST(Call, IsSentAgainOnceOnly) {
  script server({challenge("n1"), trouble_with(trouble_kind::broken, true), challenge("n2"),
                 trouble_with(trouble_kind::broken, true)});
  const outcome out = place(alice(), to_bob(), server.as_transport());
  EXPECT_EQ(std::get<failed>(out.what).why.kind, trouble_kind::broken);
  EXPECT_TRUE(out.maybe_placed);
}

TEST(Call, ThatTimedOutMayHaveBeenPlacedAndIsNotSentAgain) {
  script server({challenge("n1"), trouble_with(trouble_kind::timed_out, true)});
  const outcome out = place(alice(), to_bob(), server.as_transport());
  EXPECT_EQ(std::get<failed>(out.what).at, step::call);
  EXPECT_TRUE(out.maybe_placed);
}

TEST(Call, ThatNeverLeftWasNotPlaced) {
  script server({challenge("n1"), trouble_with(trouble_kind::refused, false)});
  EXPECT_FALSE(place(alice(), to_bob(), server.as_transport()).maybe_placed);
  script down({trouble_with(trouble_kind::broken, true)});
  const outcome out = place(alice(), to_bob(), down.as_transport());
  EXPECT_EQ(std::get<failed>(out.what).at, step::challenge);
  EXPECT_FALSE(out.maybe_placed);
}

TEST(Call, MayHaveBeenPlacedWhenTheServiceIsGoneForTheSecondTry) {
  script server(
      {challenge("n1"), trouble_with(trouble_kind::broken, true), trouble_with(trouble_kind::refused, false)});
  const outcome out = place(alice(), to_bob(), server.as_transport());
  EXPECT_EQ(std::get<failed>(out.what).why.kind, trouble_kind::refused);
  EXPECT_TRUE(out.maybe_placed);
}

TEST(Call, ThatIsGivenUpIsNotSentAgain) {
  script early({trouble_with(trouble_kind::given_up, false)});
  EXPECT_FALSE(place(alice(), to_bob(), early.as_transport()).maybe_placed);
  EXPECT_EQ(early.endpoints, (steps{"challenge"}));
  script late({challenge("n1"), trouble_with(trouble_kind::given_up, false)});
  EXPECT_FALSE(place(alice(), to_bob(), late.as_transport()).maybe_placed);
  script broken(
      {challenge("n1"), trouble_with(trouble_kind::broken, true), trouble_with(trouble_kind::given_up, false)});
  const outcome out = place(alice(), to_bob(), broken.as_transport());
  EXPECT_EQ(broken.endpoints, (steps{"challenge", "call", "challenge"}));
  EXPECT_TRUE(out.maybe_placed) << "the first request may have been acted upon";
}

TEST(Call, HandsARefusalBackWithItsWords) {
  script server({challenge("n1"),
                 answer{.status = 429, .body = R"({"error":"slow down"})", .retry_after = std::chrono::seconds(7)}});
  const outcome out = place(alice(), to_bob(), server.as_transport());
  EXPECT_EQ(std::get<refused>(out.what).retry_after, std::chrono::seconds(7));
  EXPECT_EQ(std::get<refused>(out.what).error, "slow down");
  script html({status(404, "<html>")});
  EXPECT_EQ(std::get<refused>(place(alice(), to_bob(), html.as_transport()).what).error, "");
}

TEST(Call, KnowsAnotherServersAnswerFromAChallenge) {
  for (const char* body : {"", "hello", "[]", "{}", R"({"nonce":1})", R"({"nonce":""})", "{\"nonce\":\"n\"} x"}) {
    script server({ok(body)});
    EXPECT_TRUE(std::holds_alternative<nonsense>(place(alice(), to_bob(), server.as_transport()).what)) << body;
  }
}

TEST(Iden, IsSixteenCharactersThatDiffer) {
  random_source random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string iden = make_iden(random);
    EXPECT_EQ(iden.size(), 16U);
    EXPECT_TRUE(is_iden(iden));
    EXPECT_EQ(iden.find_first_of("-_"), std::string::npos);
    seen.insert(iden);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Iden, FollowsTheContract) {
  EXPECT_TRUE(is_iden("a"));
  EXPECT_TRUE(is_iden("Az0_-"));
  EXPECT_TRUE(is_iden(std::string(32, 'x')));
  EXPECT_FALSE(is_iden(std::string(33, 'x')));
  EXPECT_FALSE(is_iden(""));
  EXPECT_FALSE(is_iden("a b"));
  EXPECT_FALSE(is_iden("/x/"));
}

}  // namespace c2c::client
