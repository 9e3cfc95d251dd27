#include "asterisk/translate.hpp"

#include <string>

#include <gtest/gtest.h>

#include "support/call_events.hpp"

namespace c2c::asterisk {
namespace {

template <class Event>
Event told(const std::string& text) {
  static std::string kept;  // an event points into its message
  kept = text;
  const auto event = translate(message(kept));
  EXPECT_TRUE(event) << text;
  const Event* const wanted = event ? std::get_if<Event>(&event->fact) : nullptr;
  EXPECT_NE(wanted, nullptr) << text;
  return wanted != nullptr ? *wanted : Event{};
}

std::string iden_of(const std::string& text) {
  const auto event = translate(message(text));
  return event ? std::string(event->iden) : "none";
}

const test::call_events say{"Iden"};

TEST(Translate, FindsTheCallOfAnEvent) {
  EXPECT_EQ(iden_of("Event: Hangup\r\nUniqueid: 1.2\r\nLinkedid: X\r\n"), "X");
  EXPECT_EQ(iden_of("Event: DialBegin\r\nDestLinkedid: Y\r\n"), "Y");
  EXPECT_EQ(iden_of("Event: OriginateResponse\r\nUniqueid: Z\r\n"), "Z");
  EXPECT_EQ(iden_of("Event: Reload\r\nUniqueid: Z\r\n"), "none");
  EXPECT_EQ(iden_of("Event: Hangup\r\nUniqueid: Z\r\n"), "none") << "of no call";
}

TEST(Translate, KnowsTheHalvesOfACallByTheirIdsWhateverTheirCase) {
  using role = pbx::channel::role;
  EXPECT_EQ(told<pbx::channel_began>(say.newchannel("iDEN")).of.is, role::destination_half);
  EXPECT_EQ(told<pbx::channel_began>(say.newchannel("iDEN-2")).of.is, role::caller_half);
  EXPECT_EQ(told<pbx::channel_began>(say.newchannel("1700000000.7")).of.is, role::phone);
  EXPECT_EQ(told<pbx::channel_began>(say.newchannel("Iden-3")).of.is, role::phone);
  EXPECT_EQ(told<pbx::channel_began>(say.newchannel("xIden-2")).of.is, role::phone);
}

TEST(Translate, ALegIsDialledByItsHalf) {
  EXPECT_EQ(told<pbx::dial_began>(say.dial_begin(1, "n1")).of, pbx::leg::caller);
  EXPECT_EQ(told<pbx::dial_began>(say.dial_begin(2, "n2")).of, pbx::leg::destination);
  told<pbx::something>(say.originate_dials());
  const auto ended = told<pbx::dial_ended>(say.dial_end(2, "CHANUNAVAIL", "n2"));
  EXPECT_EQ(ended.phone, "n2");
  EXPECT_EQ(ended.how, pbx::dial_result::failed);
}

TEST(Translate, SaysWhatBecameOfADialling) {
  using how = pbx::dial_result;
  for (const auto& [status, expected] :
       {std::pair("ANSWER", how::answered), std::pair("BUSY", how::busy), std::pair("NOANSWER", how::no_answer),
        std::pair("CANCEL", how::cancelled), std::pair("CONGESTION", how::failed), std::pair("", how::none)}) {
    EXPECT_EQ(told<pbx::dial_ended>(say.dial_end(1, status)).how, expected) << status;
  }
}

TEST(Translate, SaysWhyAChannelEnded) {
  using why = pbx::end_cause;
  for (const auto& [cause, sip, expected] :
       {std::tuple(0, "", why::unknown), std::tuple(16, "", why::normal), std::tuple(17, "486", why::busy),
        std::tuple(18, "", why::no_answer), std::tuple(19, "480", why::no_answer), std::tuple(21, "", why::busy),
        std::tuple(21, "603", why::busy), std::tuple(21, "403", why::failure), std::tuple(1, "404", why::failure)}) {
    EXPECT_EQ(told<pbx::channel_ended>(say.hangup("n1", cause, sip)).why, expected) << cause << ' ' << sip;
  }
  EXPECT_EQ(told<pbx::channel_ended>("Event: Hangup\r\nUniqueid: 1.2\r\nLinkedid: X\r\nCause: many\r\n").why,
            why::unknown);
}

TEST(Translate, AnOrdersOutcomeNamesTheOrder) {
  using how = pbx::order_result;
  const std::string head = "Event: OriginateResponse\r\nActionID: a-1\r\nUniqueid: Iden\r\nResponse: ";
  EXPECT_EQ(told<pbx::order_done>(head + "Success\r\n").order, "a-1");
  EXPECT_EQ(told<pbx::order_done>(head + "Success\r\n").how, how::placed);
  EXPECT_EQ(told<pbx::order_done>(head + "Failure\r\nReason: 5\r\n").how, how::busy);
  EXPECT_EQ(told<pbx::order_done>(head + "Failure\r\nReason: 8\r\n").how, how::failed);
}

TEST(Translate, AListIsNoSignOfOtherPeoplesCalls) {
  EXPECT_EQ(iden_of("Event: CoreShowChannel\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n"), "none");
  EXPECT_EQ(told<pbx::channel_listed>(say.listed("n1", "b")).bridge, "b");
  EXPECT_EQ(told<pbx::channel_listed>(say.listed("n1", "b", "25:02:03")).age, 25h + 2min + 3s);
  for (const char* strange : {"", "1", "1:2", "1:2:3:4", "a:b:c", "01:02:", "01:02:03x", "-1:00:00"}) {
    EXPECT_FALSE(told<pbx::channel_listed>(say.listed("n1", "b", strange)).age) << strange;
  }
  told<pbx::list_done>("Event: CoreShowChannelsComplete\r\n");
}

TEST(Translate, AnEventOfAnotherCallShowsThatEventsAreHeard) {
  told<pbx::something>("Event: Newchannel\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n");
}

}  // namespace
}  // namespace c2c::asterisk
