// The AMI events of a click2dial call as a real Asterisk sends them, cut down to the headers that tell something.
#pragma once

#include <string>
#include <string_view>

#include "asterisk/message.hpp"

namespace c2c::test {

struct call_events {
  std::string iden;

  std::string newchannel(std::string_view id) const {
    return "Event: Newchannel\r\nUniqueid: " + std::string(id) + "\r\nLinkedid: " + iden + "\r\n";
  }
  std::string local_up(bool second) const { return newchannel(second ? iden + "-2" : iden); }
  std::string originate_dials() const {
    return "Event: DialBegin\r\nDestUniqueid: " + iden + "\r\nDestLinkedid: " + iden + "\r\n";
  }
  // leg 1 is dialled by the second half, leg 2 by the first
  std::string dial_begin(int leg, std::string_view dest) const {
    return "Event: DialBegin\r\nUniqueid: " + dialler(leg) + "\r\nLinkedid: " + iden +
           "\r\nDestUniqueid: " + std::string(dest) + "\r\nDestLinkedid: " + iden + "\r\n";
  }
  std::string dial_end(int leg, std::string_view status, std::string_view dest = "") const {
    const std::string dialled(dest.empty() ? (leg == 1 ? "n1" : "n2") : dest);
    return "Event: DialEnd\r\nUniqueid: " + dialler(leg) + "\r\nLinkedid: " + iden + "\r\nDestUniqueid: " + dialled +
           "\r\nDialStatus: " + std::string(status) + "\r\n";
  }
  // `many` are in the bridge by then.
  std::string bridge_enter(std::string_view id, std::string_view bridge, int many) const {
    return "Event: BridgeEnter\r\nBridgeUniqueid: " + std::string(bridge) +
           "\r\nBridgeNumChannels: " + std::to_string(many) + "\r\nUniqueid: " + std::string(id) +
           "\r\nLinkedid: " + iden + "\r\n";
  }
  std::string hangup_request(std::string_view id) const {
    return "Event: HangupRequest\r\nUniqueid: " + std::string(id) + "\r\nLinkedid: " + iden + "\r\n";
  }
  // `sip` is the status that ended it, which newer versions of Asterisk tell.
  std::string hangup(std::string_view id, int cause = 16, std::string_view sip = "") const {
    return "Event: Hangup\r\nUniqueid: " + std::string(id) + "\r\nLinkedid: " + iden +
           "\r\nCause: " + std::to_string(cause) + "\r\n" +
           (sip.empty() ? std::string() : "TechCause: " + std::string(sip) + "\r\n");
  }
  std::string listed(std::string_view id, std::string_view bridge = "", std::string_view duration = "00:00:00") const {
    return "Event: CoreShowChannel\r\nUniqueid: " + std::string(id) + "\r\nLinkedid: " + iden +
           "\r\nBridgeId: " + std::string(bridge) + "\r\nDuration: " + std::string(duration) + "\r\n";
  }
  std::string originate_response(std::string_view action_id, bool success) const {
    return "Event: OriginateResponse\r\nActionID: " + std::string(action_id) +
           "\r\nResponse: " + (success ? "Success" : "Failure") + "\r\nUniqueid: " + iden + "\r\n";
  }

 private:
  std::string dialler(int leg) const { return leg == 1 ? iden + "-2" : iden; }
};

}  // namespace c2c::test
