#include "asterisk/event_filter.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <regex.h>

#include "support/call_events.hpp"

namespace c2c::asterisk {
namespace {

class EventFilter : public testing::Test {
 protected:
  EventFilter() {
    // As Asterisk compiles it (main/manager.c, manager_add_filter).
    EXPECT_TRUE(event_filter.starts_with('!'));
    EXPECT_EQ(regcomp(&dropped_, std::string(event_filter.substr(1)).c_str(), REG_EXTENDED | REG_NOSUB), 0);
  }
  EventFilter(const EventFilter&) = delete;
  EventFilter& operator=(const EventFilter&) = delete;
  ~EventFilter() override { regfree(&dropped_); }

  bool drops(const std::string& event) const { return regexec(&dropped_, event.c_str(), 0, nullptr, 0) == 0; }

 private:
  regex_t dropped_{};
};

TEST_F(EventFilter, LetsEveryEventOfACallPassThatTellsSomething) {
  const test::call_events call{"Iden_with-every-Kind-of-9"};
  for (const auto& event :
       {call.local_up(false), call.local_up(true), call.newchannel("as1-1700000000.12"), call.originate_dials(),
        call.dial_begin(1, "as1-1700000000.12"), call.dial_end(2, "ANSWER", "1700000000.13"),
        call.bridge_enter("1700000000.12", "7c9e6679-7425-40de-944b-e07fc1f90ae7", 2),
        call.hangup_request("1700000000.12"), call.hangup("1700000000.12", 17, "486 Busy here"),
        call.originate_response("c2c-1-2", true)}) {
    EXPECT_FALSE(drops(event)) << event;
  }
}

TEST_F(EventFilter, DropsTheEventsOfOtherCallsWhateverTheServersNameInTheirIds) {
  for (const auto* const iden : {"1700000000.12", "as1-1700000000.12", "pbx.example-1700000000.12"}) {
    const test::call_events other{iden};
    for (const auto& event : {other.newchannel(iden), other.dial_begin(1, "n1"), other.dial_end(1, "BUSY"),
                              other.bridge_enter("n1", "b", 2), other.hangup_request("n1"), other.hangup("n1")}) {
      EXPECT_TRUE(drops(event)) << event;
    }
  }
}

TEST_F(EventFilter, DropsTheKindsThatTellNothingOfOurCallsAsWell) {
  for (const auto* const kind :
       {"NewCallerid", "NewConnectedLine", "NewAccountCode", "Newexten", "Newstate", "DialState", "BridgeCreate",
        "BridgeDestroy", "BridgeLeave", "LocalBridge", "LocalOptimizationBegin", "SoftHangupRequest"}) {
    EXPECT_TRUE(drops("Event: " + std::string(kind) + "\r\nUniqueid: Iden\r\nLinkedid: Iden\r\n")) << kind;
  }
}

TEST_F(EventFilter, IsNotMisledByTextWithinAnEvent) {
  EXPECT_FALSE(drops("Event: Hangup\r\nCallerIDName: Event: Newstate\r\nUniqueid: 1.2\r\nLinkedid: Iden\r\n"));
}

}  // namespace
}  // namespace c2c::asterisk
