#include "auth/nonce.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hex.hpp"

namespace c2c::auth {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view the_secret = "a secret of the tests";
constexpr std::string_view alice = "alice@example.com";
constexpr sys_seconds now{seconds(1'800'000'000)};

class Nonce : public testing::Test {
 protected:
  std::string issue(std::string_view aor = alice, sys_seconds at = now, std::uint64_t random = 7) {
    nonce_signer::buffer buffer{};
    return std::string(signer.issue(aor, at, random, buffer));
  }

  void expect_refused(std::string_view nonce, std::string_view why, std::string_view aor = alice,
                      sys_seconds at = now) {
    const auto verified = signer.verify(aor, nonce, at);
    ASSERT_FALSE(verified) << nonce;
    EXPECT_EQ(verified.error().code, errc::invalid_nonce);
    EXPECT_EQ(verified.error().detail, why) << nonce;
  }

  nonce_signer signer{the_secret, seconds(30)};
};

std::string hmac_hex(std::string_view key, std::string_view text) {
  std::array<std::uint8_t, 32> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const std::uint8_t*>(text.data()),
       text.size(), mac.data(), &size);
  std::string out(64, ' ');
  to_hex(mac, out.data());
  return out;
}

TEST_F(Nonce, HasTheShapeOfTheContractAndTheMacOfItsThreeParts) {
  const std::string nonce = issue();
  ASSERT_EQ(nonce.size(), 10U + 1 + 16 + 1 + 64);
  const std::string ts = nonce.substr(0, 10);
  const std::string rand = nonce.substr(11, 16);
  EXPECT_EQ(ts, "1800000000");
  EXPECT_EQ(nonce[10], '.');
  EXPECT_EQ(nonce[27], '.');
  EXPECT_EQ(nonce.substr(28), hmac_hex(the_secret, ts + "|" + std::string(alice) + "|" + rand));
}

TEST_F(Nonce, IsGoodForItsAorFromTheSecondItIsIssuedToTheLastOfItsTtl) {
  const std::string nonce = issue();
  const auto first = signer.verify(alice, nonce, now);
  const auto last = signer.verify(alice, nonce, now + seconds(30));
  ASSERT_TRUE(first);
  ASSERT_TRUE(last);
  EXPECT_EQ(first->key, last->key);
  EXPECT_EQ(last->expires, first->expires);
}

TEST_F(Nonce, IsRefusedASecondAfterItsTtl) {
  expect_refused(issue(), "expired", alice, now + seconds(31));
}

// Two instances with clocks apart, or one whose clock has stepped back.
TEST_F(Nonce, IsGoodWhereItsIssuersClockIsAheadByTheSkewAndRefusedBeyond) {
  const std::string nonce = issue();
  EXPECT_TRUE(signer.verify(alice, nonce, now - seconds(1)));
  EXPECT_TRUE(signer.verify(alice, nonce, now - nonce_signer::skew));
  expect_refused(nonce, "future", alice, now - nonce_signer::skew - seconds(1));
}

TEST_F(Nonce, IsGoodWhereItsIssuersClockIsBehindForTheTtlLessTheSkew) {
  const std::string nonce = issue(alice, now - nonce_signer::skew);
  EXPECT_TRUE(signer.verify(alice, nonce, now));
  EXPECT_TRUE(signer.verify(alice, nonce, now + seconds(30) - nonce_signer::skew));
}

TEST_F(Nonce, IsClaimedUntilEveryClockWithinTheSkewRefusesIt) {
  const std::string nonce = issue();
  const auto verified = signer.verify(alice, nonce, now);
  ASSERT_TRUE(verified);
  // When the claim is forgotten here, the clock of another instance may still say this:
  const sys_seconds behind = verified->expires - nonce_signer::skew;
  expect_refused(nonce, "expired", alice, behind);
  EXPECT_TRUE(signer.verify(alice, nonce, behind - seconds(1))) << "and it is not claimed for longer than that";
}

TEST_F(Nonce, IsForgedForAnyOtherAorSecretOrTime) {
  const std::string nonce = issue();
  expect_refused(nonce, "forged", "bob@example.com");
  expect_refused(nonce, "forged", "Alice@example.com");
  nonce_signer other("another secret", seconds(30));
  EXPECT_FALSE(other.verify(alice, nonce, now));
  expect_refused("1800000001" + nonce.substr(10), "forged");
}

TEST_F(Nonce, TellsNobodyTheAgeOfAForgery) {
  const std::string nonce = issue();
  const std::string forged = "1700000000" + nonce.substr(10);
  expect_refused(forged, "forged");
}

TEST_F(Nonce, EveryChangedCharacterIsRefused) {
  const std::string nonce = issue();
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    std::string changed = nonce;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(signer.verify(alice, changed, now)) << i;
  }
}

TEST_F(Nonce, HasOneSpellingOnly) {
  const std::string nonce = issue();
  expect_refused("+" + nonce, "malformed");
  expect_refused("0" + nonce, "malformed");
  expect_refused(" " + nonce, "malformed");
  expect_refused(nonce + " ", "malformed");
  expect_refused(nonce + ".", "malformed");
  std::string upper = nonce;
  for (char& c : upper) {
    c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 0x20) : c;
  }
  ASSERT_NE(upper, nonce);
  expect_refused(upper, "malformed");
}

TEST_F(Nonce, BrokenShapesAreMalformed) {
  const std::string tail = issue().substr(10);
  for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string(500, 'a'), tail,
                                  "1234567890123" + tail, "-1" + tail, "1x" + tail, std::string(94, '.')}) {
    expect_refused(text, "malformed");
  }
}

TEST_F(Nonce, TheSignerGoesOnAfterARefusal) {
  const std::string nonce = issue();
  EXPECT_FALSE(signer.verify("bob@example.com", nonce, now));
  EXPECT_TRUE(signer.verify(alice, nonce, now));
}

TEST_F(Nonce, KeysDifferWithTheRandomNumber) {
  std::set<nonces::key> keys;
  for (std::uint64_t random = 0; random < 1000; ++random) {
    keys.insert(signer.verify(alice, issue(alice, now, random), now)->key);
  }
  EXPECT_EQ(keys.size(), 1000U);
}

TEST_F(Nonce, AnEmptySecretOrNoTtlIsABadStart) {
  EXPECT_THROW(nonce_signer("", seconds(30)), std::invalid_argument);
  EXPECT_THROW(nonce_signer("x", seconds(0)), std::invalid_argument);
}

}  // namespace
}  // namespace c2c::auth
