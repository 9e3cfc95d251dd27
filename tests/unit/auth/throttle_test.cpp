#include "auth/throttle.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::auth {
namespace {

using namespace std::chrono_literals;

const steady_time zero{1h};

asio::ip::address at(const std::string& text) {
  return asio::ip::make_address(text);
}

TEST(Throttle, AnAddressMayAskSoOftenAMinuteAndIsToldHowLongToWait) {
  throttle limits({.requests_per_address = 3}, "key");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limits.request(at("192.0.2.1"), zero), 0s);
  }
  EXPECT_EQ(limits.request(at("192.0.2.1"), zero), 20s);
  EXPECT_EQ(limits.request(at("192.0.2.1"), zero + 19'500ms), 1s);
  EXPECT_EQ(limits.request(at("192.0.2.2"), zero), 0s);
  EXPECT_EQ(limits.request(at("192.0.2.1"), zero + 20s), 0s);
}

TEST(Throttle, AnIpv6NetworkOf64BitsIsOneAddress) {
  throttle limits({.requests_per_address = 1}, "key");
  EXPECT_EQ(limits.request(at("2001:db8:1:2::1"), zero), 0s);
  EXPECT_GT(limits.request(at("2001:db8:1:2:ffff:ffff:ffff:ffff"), zero), 0s);
  EXPECT_EQ(limits.request(at("2001:db8:1:3::1"), zero), 0s);
}

TEST(Throttle, TheMachinesOwnAddressesAreNotCounted) {
  throttle limits({.requests_per_address = 1}, "key");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(limits.request(at("127.0.0.1"), zero), 0s);
    EXPECT_EQ(limits.request(at("::1"), zero), 0s);
  }
}

TEST(Throttle, TellsOfEachLimitWhatItHasComeTo) {
  throttle limits({.requests_per_address = 2, .calls_per_terminal = 1, .wrong_digests = 1}, "key");
  for (int i = 0; i < 5; ++i) {
    limits.request(at("192.0.2.1"), zero);
  }
  limits.request(at("192.0.2.2"), zero);
  limits.call("alice@pbx", zero);
  limits.call("alice@pbx", zero);
  limits.guess(at("192.0.2.1"), "bob@pbx", zero);
  limits.judge(at("192.0.2.1"), "bob@pbx", false, zero);
  limits.guess(at("192.0.2.1"), "bob@pbx", zero);
  limits.guess(at("192.0.2.2"), "bob@pbx", zero);
  const auto told = limits.statistics(zero);
  EXPECT_EQ(told.requests_per_address.refused, 3U);
  EXPECT_EQ(told.requests_per_address.held, 2U);
  EXPECT_EQ(told.requests_per_address.most, 65'536U);
  EXPECT_EQ(told.calls_per_terminal.refused, 1U);
  EXPECT_EQ(told.calls_per_terminal.held, 1U);
  EXPECT_EQ(told.wrong_digests.refused, 1U);
  EXPECT_EQ(told.wrong_digests.held, 1U);
  EXPECT_EQ(limits.statistics(zero + 2h).wrong_digests.held, 0U);
  EXPECT_EQ(throttle({.requests_per_address = 0}, "key").statistics(zero).requests_per_address.most, 0U);
}

TEST(Throttle, ZeroIsNoLimit) {
  throttle limits({.requests_per_address = 0, .calls_per_terminal = 0, .wrong_digests = 0}, "key");
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(limits.request(at("192.0.2.1"), zero), 0s);
    EXPECT_EQ(limits.call("alice@pbx", zero), 0s);
    limits.judge(at("192.0.2.1"), "alice@pbx", false, zero);
    EXPECT_EQ(limits.guess(at("192.0.2.1"), "alice@pbx", zero), 0s);
  }
}

TEST(Throttle, ATerminalHasItsCallsWhateverOthersDo) {
  throttle limits({.calls_per_terminal = 2}, "key");
  EXPECT_EQ(limits.call("alice@pbx", zero), 0s);
  EXPECT_EQ(limits.call("alice@pbx", zero), 0s);
  EXPECT_EQ(limits.call("alice@pbx", zero), 30s);
  EXPECT_EQ(limits.call("bob@pbx", zero), 0s);
}

TEST(Throttle, WhoGuessesWaitsLongerEachTimeAndTheOwnerElsewhereDoesNot) {
  throttle limits({.wrong_digests = 2}, "key");
  const auto here = at("192.0.2.1");
  limits.judge(here, "alice@pbx", false, zero);
  EXPECT_EQ(limits.guess(here, "alice@pbx", zero), 0s);
  limits.judge(here, "alice@pbx", false, zero);
  EXPECT_EQ(limits.guess(here, "alice@pbx", zero), 1s);
  limits.judge(here, "alice@pbx", false, zero + 1s);
  EXPECT_EQ(limits.guess(here, "alice@pbx", zero + 1s), 2s);
  EXPECT_EQ(limits.guess(at("192.0.2.2"), "alice@pbx", zero + 1s), 0s);
  EXPECT_EQ(limits.guess(here, "bob@pbx", zero + 1s), 0s);
}

TEST(Throttle, AnotherSpellingOfTheTerminalIsNoWayRoundIt) {
  throttle limits({.wrong_digests = 1}, "key");
  limits.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  EXPECT_GT(limits.guess(at("192.0.2.1"), "ALICE@Pbx", zero), 0s);
}

TEST(Throttle, TheRightDigestEndsTheWait) {
  throttle limits({.wrong_digests = 1}, "key");
  limits.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  EXPECT_EQ(limits.judge(at("192.0.2.1"), "Alice@pbx", true, zero + 1s), 0s);
  EXPECT_EQ(limits.guess(at("192.0.2.1"), "alice@pbx", zero + 1s), 0s);
  limits.judge(at("192.0.2.1"), "alice@pbx", false, zero + 1s);
  EXPECT_EQ(limits.guess(at("192.0.2.1"), "alice@pbx", zero + 1s), 1s) << "and the next one counts as the first";
}

TEST(Throttle, OfManyGuessesThatAreLetInTogetherNoMoreAreAnsweredThanOneAfterTheOther) {
  throttle limits({.wrong_digests = 10}, "key");
  const auto here = at("192.0.2.1");
  const auto answered = [&](unsigned together, steady_time now) {
    unsigned count = 0;
    for (unsigned i = 0; i < together; ++i) {
      EXPECT_EQ(limits.guess(here, "alice@pbx", now), 0s);
    }
    for (unsigned i = 0; i < together; ++i) {
      count += limits.judge(here, "alice@pbx", false, now) == 0s ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(answered(500, zero), 10U);
  EXPECT_EQ(limits.judge(here, "alice@pbx", true, zero), 1s) << "nor is the right one told from the others";
  EXPECT_EQ(answered(500, zero + 1s), 1U);
  EXPECT_EQ(limits.guess(here, "alice@pbx", zero + 1s), 2s);
}

TEST(Throttle, TheWholeWorldGuessesAtOneTerminalOnceASecondInTheLongRunAndItsOwnerCallsOn) {
  throttle limits({.wrong_digests = 10}, "key");
  const auto home = at("198.51.100.1");
  EXPECT_EQ(limits.judge(home, "alice@pbx", true, zero), 0s);
  unsigned answered = 0;
  std::uint32_t next_stranger = 0x0A000000U;
  for (int n = 0; n < 600; ++n) {
    const steady_time at_present = zero + std::chrono::seconds(n);
    for (int i = 0; i < 500; ++i) {
      const asio::ip::address_v4 stranger(next_stranger++);
      if (limits.guess(stranger, "alice@pbx", at_present) == 0s &&
          limits.judge(stranger, "alice@pbx", false, at_present) == 0s) {
        ++answered;
      }
    }
    ASSERT_EQ(limits.guess(home, "alice@pbx", at_present), 0s);
    ASSERT_EQ(limits.judge(home, "ALICE@pbx", true, at_present), 0s);
  }
  EXPECT_LE(answered, 60U + 600U);
  EXPECT_GE(answered, 600U) << "and no less, or a stranger's guesses lock new addresses of the owner's out for longer";
  EXPECT_EQ(limits.guess(at("203.0.113.1"), "bob@pbx", zero + 600s), 0s) << "other terminals are not concerned";
}

TEST(Throttle, AllNetworksOfOneIpv6SiteTogetherGuessAsOneAddressDoes) {
  throttle limits({.wrong_digests = 10}, "key");
  unsigned answered = 0;
  for (unsigned network = 0; network < 1'000; ++network) {
    const auto from = at("2001:db8:1:" + std::to_string(network) + "::1");
    if (limits.guess(from, "alice@pbx", zero) == 0s && limits.judge(from, "alice@pbx", false, zero) == 0s) {
      ++answered;
    }
  }
  EXPECT_EQ(answered, 10U);
  EXPECT_EQ(limits.guess(at("2001:db8:2::1"), "alice@pbx", zero), 0s);
}

TEST(Throttle, OtherInstancesKnowWhereATerminalIsProvenAndWhatWasGuessedAtIt) {
  throttle here({.wrong_digests = 10, .shared = true}, "key");
  throttle there({.wrong_digests = 10, .shared = true}, "key");
  const auto home = at("198.51.100.1");
  here.judge(home, "alice@pbx", true, zero);
  for (std::uint32_t i = 0; i < 60; ++i) {
    here.judge(asio::ip::address_v4(0x0A000000U + i), "alice@pbx", false, zero);
  }
  ASSERT_TRUE(there.count(here.report(), zero));
  EXPECT_GT(there.guess(at("192.0.2.1"), "alice@pbx", zero), 0s);
  EXPECT_EQ(there.guess(home, "alice@pbx", zero), 0s);
}

TEST(Throttle, NobodysNoncesFillTheStoreForAllWhateverTheirLife) {
  throttle limits({.nonce_life = 1h}, "key");
  const auto claimed = [&](const asio::ip::address& from, auto aor_of) {
    unsigned count = 0;
    for (unsigned i = 0; i < 1'000'000; ++i) {
      count += limits.claim(from, aor_of(i), zero) == 0s ? 1 : 0;
    }
    return count;
  };
  EXPECT_LE(claimed(at("192.0.2.1"), [](unsigned) { return std::string("alice@pbx"); }), 1'000'000U / 64);
  EXPECT_EQ(limits.claim(at("192.0.2.2"), "alice@pbx", zero), 0s) << "her owner elsewhere calls on";
  EXPECT_LE(claimed(at("192.0.2.1"), [](unsigned i) { return "u" + std::to_string(i % 10'000); }), 1'000'000U / 4);
  EXPECT_EQ(limits.claim(at("192.0.2.2"), "bob@pbx", zero), 0s);
  throttle open({.requests_per_address = 0, .calls_per_terminal = 0}, "key");
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(open.claim(at("192.0.2.1"), "alice@pbx", zero), 0s);
  }
}

TEST(Throttle, HandshakesAreCountedByAddressAndOverAllButForThoseThatAreProven) {
  throttle limits({.requests_per_address = 5}, "key");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(limits.handshake(at("192.0.2.1"), zero), 0s);
  }
  EXPECT_GT(limits.handshake(at("192.0.2.1"), zero), 0s);
  EXPECT_EQ(limits.request(at("192.0.2.1"), zero), 0s) << "requests are another account";
  EXPECT_EQ(limits.judge(at("198.51.100.1"), "alice@pbx", true, zero), 0s);
  unsigned taken = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    taken += limits.handshake(asio::ip::address_v4(0x0A000000U + i), zero) == 0s ? 1 : 0;
  }
  EXPECT_LE(taken, 2'000U);
  EXPECT_GT(limits.handshake(at("203.0.113.1"), zero), 0s);
  EXPECT_EQ(limits.handshake(at("198.51.100.1"), zero), 0s);
  EXPECT_EQ(limits.handshake(at("127.0.0.1"), zero), 0s);
  EXPECT_EQ(limits.handshake(at("203.0.113.1"), zero + 1s), 0s);
}

TEST(Throttle, ManyRightDigestsTogetherAreAllAnswered) {
  throttle limits({.wrong_digests = 1}, "key");
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(limits.judge(at("192.0.2.1"), "alice@pbx", true, zero), 0s);
  }
}

TEST(Throttle, AFloodOfAddressesDoesNotFreeOneThatHasUsedItsShareUp) {
  throttle limits({.requests_per_address = 100}, "key");
  const auto greedy = at("192.0.2.1");
  while (limits.request(greedy, zero) == 0s) {
  }
  for (unsigned i = 0; i < 100'000; ++i) {
    limits.request(asio::ip::address_v4(0x0A000000U + i), zero);
  }
  EXPECT_GT(limits.request(greedy, zero), 0s);
}

class SharedThrottle : public testing::Test {
 protected:
  static throttle::options all_shared() {
    return {.requests_per_address = 3, .calls_per_terminal = 2, .wrong_digests = 2, .shared = true};
  }
  void tell() { EXPECT_TRUE(there.count(here.report(), zero)); }

  throttle here{all_shared(), "key"};
  throttle there{all_shared(), "key"};
};

TEST_F(SharedThrottle, WhatOneInstanceHasCountedCountsAtTheOther) {
  here.request(at("192.0.2.1"), zero);
  here.request(at("192.0.2.1"), zero);
  here.call("alice@pbx", zero);
  here.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  here.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  tell();
  EXPECT_EQ(there.request(at("192.0.2.1"), zero), 0s);
  EXPECT_GT(there.request(at("192.0.2.1"), zero), 0s);
  EXPECT_EQ(there.call("alice@pbx", zero), 0s);
  EXPECT_GT(there.call("alice@pbx", zero), 0s);
  EXPECT_GT(there.guess(at("192.0.2.1"), "alice@pbx", zero), 0s);
  EXPECT_EQ(there.guess(at("192.0.2.2"), "alice@pbx", zero), 0s);
}

TEST_F(SharedThrottle, ARightDigestAtOneInstanceEndsTheWaitAtTheOther) {
  here.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  here.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  tell();
  EXPECT_GT(there.guess(at("192.0.2.1"), "alice@pbx", zero), 0s);
  here.judge(at("192.0.2.1"), "alice@pbx", true, zero + 1s);
  tell();
  EXPECT_EQ(there.guess(at("192.0.2.1"), "alice@pbx", zero), 0s);
}

TEST_F(SharedThrottle, WhatWasRefusedIsNotTold) {
  for (int i = 0; i < 10; ++i) {
    here.call("alice@pbx", zero);
  }
  tell();
  EXPECT_GT(there.call("alice@pbx", zero), 0s);
  EXPECT_EQ(there.call("alice@pbx", zero + 30s), 0s) << "waits no longer than it would have where it called";
}

TEST_F(SharedThrottle, WhatWasToldIsNotToldAgain) {
  here.call("alice@pbx", zero);
  EXPECT_FALSE(here.report().empty());
  EXPECT_TRUE(here.report().empty());
  here.judge(at("192.0.2.1"), "alice@pbx", true, zero);
  EXPECT_FALSE(here.report().empty()) << "the address is proven";
  here.judge(at("192.0.2.1"), "alice@pbx", true, zero);
  EXPECT_TRUE(here.report().empty()) << "it was before, and there was nothing to forget";
}

TEST_F(SharedThrottle, NobodyIsMadeToWaitLongerFromElsewhereThanFromHere) {
  throttle other({.calls_per_terminal = 100, .shared = true}, "key");
  for (int i = 0; i < 100; ++i) {
    other.call("alice@pbx", zero);
  }
  EXPECT_TRUE(there.count(other.report(), zero));
  EXPECT_EQ(there.call("alice@pbx", zero), 30s);
}

TEST(Throttle, EveryWrongDigestCountsAtTheOtherHoweverManyAreFree) {
  throttle one({.wrong_digests = 1'000, .shared = true}, "key");
  throttle other({.wrong_digests = 1'000, .shared = true}, "key");
  for (int i = 0; i < 999; ++i) {
    one.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  }
  EXPECT_TRUE(other.count(one.report(), zero));
  EXPECT_EQ(other.guess(at("192.0.2.1"), "alice@pbx", zero), 0s);
  one.judge(at("192.0.2.1"), "alice@pbx", false, zero);
  EXPECT_TRUE(other.count(one.report(), zero));
  EXPECT_EQ(other.guess(at("192.0.2.1"), "alice@pbx", zero), 1s);
}

TEST_F(SharedThrottle, NothingOfAReportThatIsPartlyNonsenseIsCounted) {
  here.call("alice@pbx", zero);
  here.call("alice@pbx", zero);
  EXPECT_FALSE(there.count(here.report() + "x", zero));
  EXPECT_EQ(there.call("alice@pbx", zero), 0s);
  EXPECT_EQ(there.call("alice@pbx", zero), 0s);
}

TEST_F(SharedThrottle, NonsenseIsRefused) {
  EXPECT_FALSE(there.count("nonsense", zero));
  EXPECT_EQ(there.call("alice@pbx", zero), 0s);
}

TEST(Throttle, AnInstanceThatIsAloneGathersNothingToTell) {
  throttle limits({.calls_per_terminal = 2}, "key");
  limits.call("alice@pbx", zero);
  EXPECT_TRUE(limits.report().empty());
}

}  // namespace
}  // namespace c2c::auth
