#include "directory/mysql_routing.hpp"

#include <gtest/gtest.h>

namespace c2c::directory {
namespace {

TEST(SipHost, IsTheAddressWithoutPortUserAndParameters) {
  EXPECT_EQ(sip_host("sip:10.0.0.5:6060"), "10.0.0.5");
  EXPECT_EQ(sip_host("sip:10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(sip_host("SIPS:as1.example.com:5061;transport=tls"), "as1.example.com");
  EXPECT_EQ(sip_host("sip:user@as1.example.com?x=y"), "as1.example.com");
  EXPECT_EQ(sip_host("sip:[2001:db8::5]:6060"), "2001:db8::5");
}

TEST(SipHost, IsNothingWhereThereIsNoSipUri) {
  for (const char* uri : {"", "10.0.0.5", "10.0.0.5:6060", "tel:+34900", "sip:", "sip::6060", "sip:[::1", "sip:a b",
                          "sip:a\r\nb", "sip:user@"}) {
    EXPECT_FALSE(sip_host(uri)) << uri;
  }
}

}  // namespace
}  // namespace c2c::directory
