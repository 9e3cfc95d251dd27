#include "http/response.hpp"

#include <gtest/gtest.h>

#include "http/cors.hpp"

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

TEST(DateCache, WritesAnImfFixdate) {
  date_cache dates;
  EXPECT_EQ(dates.at(std::chrono::sys_seconds(std::chrono::seconds(784'111'777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(dates.at(std::chrono::sys_seconds(std::chrono::seconds(784'111'778))), "Sun, 06 Nov 1994 08:49:38 GMT");
}

TEST(Cors, AnyOriginIsAnsweredWithAStar) {
  const cors any({"*"});
  std::string scratch;
  EXPECT_EQ(any.headers("https://a.example", seed, false, false, scratch),
            "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n"
            "Access-Control-Allow-Headers: Content-Type\r\n");
}

TEST(Cors, AListEchoesTheOriginItHoldsAndVaries) {
  const cors some({"https://a.example", "https://b.example"});
  std::string scratch;
  const std::string yes(some.headers("https://b.example", seed, false, false, scratch));
  EXPECT_NE(yes.find("Access-Control-Allow-Origin: https://b.example\r\n"), std::string::npos);
  EXPECT_NE(yes.find("Vary: Origin\r\n"), std::string::npos);
  EXPECT_EQ(some.headers("https://c.example", seed, false, false, scratch), "Vary: Origin\r\n");
  EXPECT_EQ(some.headers("", seed, false, false, scratch), "Vary: Origin\r\n");
}

TEST(Cors, APreflightMayBeKeptAndMayReachAPrivateNetworkWhenItAsks) {
  const cors any({"*"});
  std::string scratch;
  const std::string plain(any.headers("https://a.example", seed, true, false, scratch));
  EXPECT_NE(plain.find("Access-Control-Max-Age: 7200\r\n"), std::string::npos);
  EXPECT_EQ(plain.find("Private-Network"), std::string::npos);
  const std::string inward(any.headers("https://a.example", seed, true, true, scratch));
  EXPECT_NE(inward.find("Access-Control-Allow-Private-Network: true\r\n"), std::string::npos);
}

TEST(Cors, NamesWhatTheEndpointTakes) {
  const cors any({"*"});
  std::string scratch;
  EXPECT_EQ(any.headers("https://a.example", {"GET, DELETE, OPTIONS", "Authorization"}, false, false, scratch),
            "Access-Control-Allow-Origin: *\r\n"
            "Access-Control-Allow-Methods: GET, DELETE, OPTIONS\r\n"
            "Access-Control-Allow-Headers: Authorization\r\n");
}

}  // namespace
}  // namespace c2c::http
