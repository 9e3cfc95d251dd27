#include "routing/sip_uri.hpp"

#include <gtest/gtest.h>

namespace c2c::routing {
namespace {

TEST(SipHost, IsTheHostOfTheUri) {
  EXPECT_EQ(parse_sip_host("sip:10.0.0.5:6060"), "10.0.0.5");
  EXPECT_EQ(parse_sip_host("sip:10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(parse_sip_host("SIP:as-1.example.com:5060;transport=udp"), "as-1.example.com");
  EXPECT_EQ(parse_sip_host("sip:[2001:db8::5]:6060"), "2001:db8::5");
  EXPECT_EQ(parse_sip_host("sip:[::1];lr"), "::1");
  EXPECT_EQ(parse_sip_host("sip:user@as1:6060?x=y"), "as1");
}

TEST(SipHost, IsTheSameOverTls) {
  EXPECT_EQ(parse_sip_host("sips:as1"), "as1");
  EXPECT_EQ(parse_sip_host("SIPS:as1.example.com:5061;transport=tls"), "as1.example.com");
  EXPECT_EQ(parse_sip_host("sips:user@[::1]:5061"), "::1");
}

TEST(SipHost, RefusesWhatIsNone) {
  for (const char* uri : {"",
                          "sip",
                          "sips",
                          "sip:",
                          "sips:",
                          "sip::6060",
                          "http://x",
                          "sip:;lr",
                          "sip:a b",
                          "sip:a:",
                          "sip:a:0",
                          "sip:a:65536",
                          "sip:a:1x",
                          "sip:[::1",
                          "sip:[as1]",
                          "sip:[]",
                          "sip:[::1]6060",
                          "sip:2001:db8::5",
                          "sip:as1/x",
                          "sip:\r\nx",
                          "sip:a\r\nb",
                          "sip:-x",
                          "sip:user@",
                          "10.0.0.5",
                          "10.0.0.5:6060",
                          "tel:+34900",
                          "sipx:as1",
                          ":as1",
                          "sips;x:as1"}) {
    EXPECT_FALSE(parse_sip_host(uri)) << uri;
  }
}

TEST(SipHost, ARefusalQuotesNoControlCharacterAndNotAllOfALongText) {
  const auto refused = parse_sip_host("tel:\r\n" + std::string(10'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("\"tel:??x"), std::string::npos) << refused.error().detail;
  EXPECT_LT(refused.error().detail.size(), 200U);
}

}  // namespace
}  // namespace c2c::routing
