#include "webhook/verdict.hpp"

#include <gtest/gtest.h>

namespace c2c::webhook {
namespace {

using std::chrono::seconds;

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::chrono::sys_seconds now{seconds{784'111'777}};

TEST(WebhookVerdict, TakesEveryTwoHundredForDelivered) {
  for (const unsigned status : {200U, 201U, 202U, 204U, 299U}) {
    EXPECT_EQ(judge(status, "", now).outcome, verdict::delivered) << status;
  }
}

TEST(WebhookVerdict, TriesAgainWhatMayGoBetterLater) {
  for (const unsigned status : {408U, 429U, 500U, 502U, 503U, 504U, 599U}) {
    EXPECT_EQ(judge(status, "", now).outcome, verdict::again) << status;
    EXPECT_EQ(judge(status, "", now).wait, seconds(0)) << status;
  }
}

TEST(WebhookVerdict, RefusesTheRestAndFollowsNoRedirect) {
  for (const unsigned status : {101U, 301U, 302U, 304U, 307U, 400U, 401U, 403U, 404U, 410U, 413U, 600U}) {
    EXPECT_EQ(judge(status, "3", now).outcome, verdict::refused) << status;
  }
}

TEST(WebhookVerdict, WaitsAsLongAsRetryAfterSays) {
  EXPECT_EQ(judge(503, "7", now).wait, seconds(7));
  EXPECT_EQ(judge(429, "Sun, 06 Nov 1994 08:50:37 GMT", now).wait, seconds(60));
  EXPECT_EQ(judge(429, "Mon, 07 Nov 1994 08:49:36 GMT", now).wait, seconds(86'399));
}

TEST(WebhookVerdict, BoundsRetryAfter) {
  EXPECT_EQ(judge(503, "4000000000", now).wait, seconds(86'400));
  EXPECT_EQ(judge(503, "Sun, 06 Nov 9994 08:49:37 GMT", now).wait, seconds(86'400));
  EXPECT_EQ(judge(503, "Sun, 06 Nov 1994 08:49:00 GMT", now).wait, seconds(0));
}

TEST(WebhookVerdict, TakesNothingForARetryAfterThatIsNone) {
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.5", "soon", "99999999999", "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 CET", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun, 06 Nov 1994 -8:49:37 GMT", "Sun, 06 Nov      08:49:37 GMT"}) {
    EXPECT_EQ(judge(503, text, now).wait, seconds(0)) << text;
  }
}

}  // namespace
}  // namespace c2c::webhook
