#include "webhook/event.hpp"

#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace c2c::webhook {
namespace {

using std::chrono::milliseconds;

// 2026-11-22T22:42:13.123Z
constexpr call_change::wall_time start{milliseconds{1'795'387'333'123}};

call_change ringing() {
  return {.iden = "abc123",
          .owner = "alice@127.0.0.1",
          .destination = "+34900000000",
          .state = "callingCallee",
          .number = 3,
          .at = start + milliseconds(2'005),
          .started = start};
}

call_change over() {
  call_change out = ringing();
  out.state = "disconnected";
  out.reason = "hangUp";
  out.number = 5;
  out.at = start + milliseconds(70'900);
  out.connected = start + milliseconds(10'000);
  out.ended = out.at;
  return out;
}

TEST(WebhookEvent, IsCamarasCloudEvent) {
  const auto event = boost::json::parse(to_cloud_event(ringing())).as_object();
  EXPECT_EQ(event.at("specversion"), "1.0");
  EXPECT_EQ(event.at("type"), "org.camaraproject.click-to-dial.v0.status-changed");
  EXPECT_EQ(event.at("source"), "/calls/abc123");
  EXPECT_EQ(event.at("time"), "2026-11-22T22:42:15.128Z");
  EXPECT_EQ(event.at("sequence"), "3");
  EXPECT_EQ(event.at("datacontenttype"), "application/json");
  EXPECT_EQ(event.at("data"), boost::json::parse(R"({"callId":"abc123","caller":"alice@127.0.0.1",
      "callee":"+34900000000","status":{"state":"callingCallee"},"timestamp":"2026-11-22T22:42:15.128Z",
      "startedAt":"2026-11-22T22:42:13.123Z"})"));
}

TEST(WebhookEvent, OfTheLastChangeTellsTheWholeCall) {
  const auto event = boost::json::parse(to_cloud_event(over())).as_object();
  EXPECT_EQ(event.at("data"), boost::json::parse(R"({"callId":"abc123","caller":"alice@127.0.0.1",
      "callee":"+34900000000","status":{"state":"disconnected","reason":"hangUp"},"callDuration":"60",
      "timestamp":"2026-11-22T22:43:24.023Z","startedAt":"2026-11-22T22:42:13.123Z",
      "connectedAt":"2026-11-22T22:42:23.123Z","endedAt":"2026-11-22T22:43:24.023Z"})"));
}

TEST(WebhookEvent, OfACallThatWasNeverConnectedHasNoDuration) {
  call_change failed = over();
  failed.connected.reset();
  EXPECT_FALSE(boost::json::parse(to_cloud_event(failed)).at("data").as_object().contains("callDuration"));
}

TEST(WebhookEvent, EscapesWhatCallersChoose) {
  call_change odd = ringing();
  odd.owner = "a\"\\\n\x01ñ@x";
  EXPECT_EQ(boost::json::parse(to_cloud_event(odd)).at("data").at("caller"), "a\"\\\n\x01ñ@x");
}

TEST(WebhookEvent, HasAnIdThatIsTheSameForTheSameChangeAndForNoOther) {
  const auto id = [](const call_change& what) {
    return std::string(boost::json::parse(to_cloud_event(what)).at("id").as_string());
  };
  EXPECT_EQ(id(ringing()), id(ringing()));
  call_change next = ringing();
  next.number = 4;
  call_change other = ringing();
  other.iden = "abc124";
  call_change same_iden_later = ringing();
  same_iden_later.started += milliseconds(1);
  const std::set<std::string> all{id(ringing()), id(next), id(other), id(same_iden_later)};
  EXPECT_EQ(all.size(), 4U);
  for (const std::string& each : all) {
    EXPECT_EQ(each.size(), 36U);
    EXPECT_EQ(each[14], '8') << "a UUID of version 8";
    EXPECT_NE(std::string("89ab").find(each[19]), std::string::npos) << "of RFC 9562's variant";
  }
}

TEST(WebhookSignature, IsAnHmacOverTimeAndBody) {
  // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
  EXPECT_EQ(signature("0123456789abcdef", std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)), R"({"a":1})"),
            "t=1700000000,v1=9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23");
}

}  // namespace
}  // namespace c2c::webhook
