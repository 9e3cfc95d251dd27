#include "metrics/readiness.hpp"

#include <gtest/gtest.h>

namespace c2c::metrics {
namespace {

TEST(Readiness, TakesWhatNobodyHasNeededYetForThere) {
  EXPECT_TRUE(judge({}).ready());
  EXPECT_EQ(to_json(judge({})), "{\"ready\":true,\"missing\":[]}\n");
}

TEST(Readiness, NamesWhatIsMissingAndWhy) {
  readiness_facts facts;
  facts.directory = health::fails;
  facts.servers = {{"192.0.2.1", false, "connection \"refused\""}, {"192.0.2.2", false, ""}};
  EXPECT_EQ(
      to_json(judge(facts)),
      "{\"ready\":false,\"missing\":[{\"part\":\"directory\",\"why\":\"the last question to it was not answered\"},"
      "{\"part\":\"application_servers\",\"why\":\"192.0.2.1: connection \\\"refused\\\"; 192.0.2.2: not "
      "connected\"}]}\n");
}

TEST(Readiness, IsContentWithOneApplicationServer) {
  readiness_facts facts;
  facts.servers = {{"192.0.2.1", false, "connection refused"}, {"192.0.2.2", true, ""}};
  EXPECT_TRUE(judge(facts).ready());
}

TEST(Readiness, IsNotLostByOneCompanyOrByKamailioAlone) {
  readiness_facts facts;
  facts.routing = health::fails;
  facts.kamailio = health::answers;
  EXPECT_TRUE(judge(facts).ready());
  facts.routing = health::answers;
  facts.kamailio = health::fails;
  EXPECT_TRUE(judge(facts).ready());
  facts.routing = health::fails;
  EXPECT_FALSE(judge(facts).ready());
}

TEST(Readiness, IsLostWithTheThreadThatTalksToAsterisk) {
  readiness_facts facts;
  facts.exchange_answers = false;
  EXPECT_FALSE(judge(facts).ready());
}

TEST(Readiness, SaysSinceWhenReloadsFailAndWhyTheLastOneDid) {
  readiness_facts facts;
  const auto at = [](int minute) {
    return std::chrono::sys_days(std::chrono::year(2026) / 11 / 28) + std::chrono::minutes(minute);
  };
  facts.reload.note("config.yml: \"wrong\"", at(1));
  facts.reload.note("no file", at(2));
  EXPECT_EQ(to_json(judge(facts)),
            R"({"ready":true,"missing":[],"reload":{"failing_since":"2026-11-28T00:01:00Z","why":"no file"}})"
            "\n");
  facts.reload.note("", at(3));
  EXPECT_EQ(to_json(judge(facts)), "{\"ready\":true,\"missing\":[]}\n");
  EXPECT_EQ(facts.reload.at, at(3));
  facts.reload.note("no file", at(4));
  EXPECT_EQ(facts.reload.failing_since, at(4));
}

TEST(Readiness, IsOverOnceTheServiceEnds) {
  readiness_facts facts;
  facts.draining = true;
  EXPECT_EQ(to_json(judge(facts)), "{\"ready\":false,\"missing\":[{\"part\":\"service\",\"why\":\"it is ending\"}]}\n");
}

}  // namespace
}  // namespace c2c::metrics
