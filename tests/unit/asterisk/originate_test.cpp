#include "asterisk/originate.hpp"

#include <gtest/gtest.h>

namespace c2c::asterisk {
namespace {

pbx::order sample() {
  pbx::order what;
  what.iden = "Iden1";
  what.destination = "+34900000000";
  what.endpoint = "b1c2t3_alice";
  what.extension = "101";
  what.brand_id = 1;
  what.company_id = 2;
  what.dial_timeout = std::chrono::seconds(25);
  what.max_duration = std::chrono::milliseconds(9'000);
  return what;
}

TEST(Originate, IsTheReferencesActionToTheLetter) {
  const auto bytes = originate(sample()).encode("A-1");
  ASSERT_TRUE(bytes) << bytes.error().detail;
  for (const std::string_view line : {
           "Action: Originate\r\n",
           "ActionID: A-1\r\n",
           "Channel: Local/+34900000000@click2dial-user/n\r\n",
           "Exten: +34900000000\r\n",
           "Context: click2dial-target\r\n",
           "Priority: 1\r\n",
           "CallerID: 101\r\n",
           "Timeout: 25000\r\n",
           "Async: true\r\n",
           "ChannelId: Iden1\r\n",
           "OtherChannelId: Iden1-2\r\n",
           "Variable: C2DENDPOINT=b1c2t3_alice\r\nVariable: DIAL_DEF_OPTS=\r\nVariable: DIAL_OPTS=\r\n"
           "Variable: DIAL_TIMEOUT=25\r\nVariable: MAX_DURATION=9000\r\nVariable: ORIGINATE_EXTEN=101\r\n"
           "Variable: __BRANDID=1\r\nVariable: __CLICK2DIALIDEN=Iden1\r\nVariable: __COMPANYID=2\r\n",
       }) {
    EXPECT_NE(bytes->find(line), std::string::npos) << line;
  }
  EXPECT_TRUE(bytes->ends_with("\r\n\r\n"));
}

TEST(Originate, OptimizeDropsTheN) {
  pbx::order what = sample();
  what.optimize = true;
  EXPECT_NE(originate(what).encode("1")->find("Channel: Local/+34900000000@click2dial-user\r\n"), std::string::npos);
}

TEST(Originate, RefusesADirectorysValueThatWouldBreakTheLine) {
  for (const std::string_view bad : {"101\r\nAction: Command", "101,X=1", "101\n"}) {
    pbx::order what = sample();
    what.extension = bad;
    const auto bytes = originate(what).encode("1");
    ASSERT_FALSE(bytes) << bad;
    EXPECT_EQ(bytes.error().code, errc::malformed);
  }
}

}  // namespace
}  // namespace c2c::asterisk
