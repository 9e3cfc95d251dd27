#include "http/response.hpp"

#include <gtest/gtest.h>

#include "http/cors.hpp"
#include "metrics/metrics.hpp"

namespace c2c::http {
namespace {

constexpr cors_grant seed{};

TEST(Response, CarriesTheReferencesErrorShape) {
  EXPECT_EQ(error_response(401, "invalid nonce").body, "{\"error\":\"invalid nonce\"}\n");
}

TEST(Response, IsWrittenWithItsLengthAndConnection) {
  std::string out;
  write(error_response(403, "forbidden"), {.keep_alive = false, .date = "D"}, out);
  EXPECT_EQ(out,
            "HTTP/1.1 403 Forbidden\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 22\r\n"
            "Connection: close\r\n\r\n{\"error\":\"forbidden\"}\n");
}

TEST(Response, ToHeadHasTheLengthAndNoBody) {
  std::string out;
  write(error_response(405, "method not allowed"), {.head = true, .date = "D"}, out);
  EXPECT_NE(out.find("Content-Length: 31\r\n"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST(Response, WithoutContentHasNeitherLengthNorType) {
  response none;
  none.status = 204;
  std::string out;
  write(none, {.date = "D"}, out);
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
}

TEST(Response, EveryStatusThatIsCountedHasAPhrase) {
  for (const std::uint16_t status : metrics::known_codes) {
    EXPECT_NE(reason_phrase(status), reason_phrase(999)) << status;
  }
}

TEST(DateCache, WritesAnImfFixdate) {
  date_cache dates;
  EXPECT_EQ(dates.at(std::chrono::sys_seconds(std::chrono::seconds(784'111'777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(dates.at(std::chrono::sys_seconds(std::chrono::seconds(784'111'778))), "Sun, 06 Nov 1994 08:49:38 GMT");
}

request of(std::string_view origin, verb method = verb::post) {
  request out;
  out.method = method;
  out.origin = origin;
  return out;
}

TEST(Cors, AnyOriginIsAnsweredWithAStar) {
  const cors any({"*"});
  std::string scratch;
  EXPECT_EQ(any.headers(of("https://a.example"), seed, scratch),
            "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n"
            "Access-Control-Allow-Headers: Content-Type\r\nAccess-Control-Expose-Headers: Retry-After\r\n");
}

TEST(Cors, AListEchoesTheOriginItHoldsAndVaries) {
  const cors some({"https://a.example", "https://b.example"});
  std::string scratch;
  const std::string yes(some.headers(of("https://b.example"), seed, scratch));
  EXPECT_NE(yes.find("Access-Control-Allow-Origin: https://b.example\r\n"), std::string::npos);
  EXPECT_NE(yes.find("Vary: Origin\r\n"), std::string::npos);
  EXPECT_EQ(some.headers(of("https://c.example"), seed, scratch), "Vary: Origin\r\n");
  EXPECT_EQ(some.headers(of(""), seed, scratch), "Vary: Origin\r\n");
}

TEST(Cors, APageThatMayNotAskIsRefusedAndNobodyElse) {
  const cors some({"https://a.example", "https://*.b.example"});
  for (const std::string_view allowed :
       {"", "https://a.example", "https://x.b.example", "https://x.y.b.example", "chrome-extension://any",
        "moz-extension://any", "safari-web-extension://any"}) {
    EXPECT_FALSE(some.refuses(allowed)) << allowed;
  }
  for (const std::string_view other : {"https://c.example", "null", "https://b.example", "https://.b.example",
                                       "http://x.b.example", "https://xb.example", "https://a.example.evil", "*"}) {
    EXPECT_TRUE(some.refuses(other)) << other;
  }
  EXPECT_FALSE(cors({"*"}).refuses("https://c.example"));
}

TEST(Cors, APreflightMayBeKept) {
  const cors any({"*"});
  std::string scratch;
  const std::string plain(any.headers(of("https://a.example", verb::options), seed, scratch));
  EXPECT_NE(plain.find("Access-Control-Max-Age: 7200\r\n"), std::string::npos);
  EXPECT_EQ(plain.find("Private-Network"), std::string::npos);
}

TEST(Cors, OnlyAnOriginThatIsNamedMayReachIntoAPrivateNetwork) {
  request asked = of("https://a.example", verb::options);
  asked.private_network = true;
  std::string scratch;
  constexpr std::string_view granted = "Access-Control-Allow-Private-Network: true\r\n";
  EXPECT_EQ(cors({"*"}).headers(asked, seed, scratch).find(granted), std::string::npos);
  EXPECT_NE(cors({"https://a.example"}).headers(asked, seed, scratch).find(granted), std::string::npos);
  EXPECT_NE(cors({"*", "https://a.example"}).headers(asked, seed, scratch).find(granted), std::string::npos);
}

TEST(Cors, NamesWhatTheEndpointTakesAndWhatThePreflightAsksFor) {
  const cors any({"*"});
  std::string scratch;
  EXPECT_EQ(any.headers(of("https://a.example"), {"GET, DELETE, OPTIONS", "Authorization"}, scratch),
            "Access-Control-Allow-Origin: *\r\n"
            "Access-Control-Allow-Methods: GET, DELETE, OPTIONS\r\n"
            "Access-Control-Allow-Headers: Authorization\r\n"
            "Access-Control-Expose-Headers: Retry-After\r\n");
  request asked = of("https://a.example", verb::options);
  asked.requested_headers = "authorization,baggage, sentry-trace";
  EXPECT_NE(any.headers(asked, {"GET", "Authorization, X"}, scratch)
                .find("Access-Control-Allow-Headers: Authorization, X, baggage, sentry-trace\r\n"),
            std::string::npos);
}

}  // namespace
}  // namespace c2c::http
