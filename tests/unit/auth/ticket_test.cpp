#include "auth/ticket.hpp"

#include <cctype>
#include <string>

#include <gtest/gtest.h>

#include "auth/nonce.hpp"

namespace c2c::auth {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds today{1'800'000'000s};

class Ticket : public ::testing::Test {
 protected:
  ticket_signer signer{"a secret of sixteen"};
  std::string good = signer.issue("Iden", "alice@d", today + 60s);
};

TEST_F(Ticket, OpensItsCallWhateverTheIdensCase) {
  EXPECT_EQ(signer.verify("Iden", good, today), "alice@d");
  EXPECT_EQ(signer.verify("iDEN", good, today), "alice@d");
}

TEST_F(Ticket, OpensNoOtherCall) {
  for (const std::string_view other : {"Ide", "Iden2", "Iden-2", "", "Iden|alice@d"}) {
    EXPECT_EQ(signer.verify(other, good, today).error().detail, "forged") << other;
  }
}

TEST_F(Ticket, IsRefusedFromItsLastSecondOn) {
  EXPECT_TRUE(signer.verify("Iden", good, today + 59s));
  EXPECT_EQ(signer.verify("Iden", good, today + 60s).error().detail, "expired");
}

TEST_F(Ticket, IsGoodForEveryInstanceWithTheSameSecretOnly) {
  EXPECT_TRUE(ticket_signer("a secret of sixteen").verify("Iden", good, today));
  EXPECT_EQ(ticket_signer("another secret....").verify("Iden", good, today).error().detail, "forged");
}

TEST_F(Ticket, HasOneSpelling) {
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string other = good;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(signer.verify("Iden", other, today)) << i;
    other[i] = static_cast<char>(std::toupper(good[i]));
    EXPECT_EQ(signer.verify("Iden", other, today).has_value(), other == good) << i;
  }
  EXPECT_FALSE(signer.verify("Iden", "0" + good, today));
  EXPECT_FALSE(signer.verify("Iden", "+" + good, today));
  EXPECT_FALSE(signer.verify("Iden", good + "0", today));
  EXPECT_FALSE(signer.verify("Iden", good + ".", today));
}

TEST_F(Ticket, IsRefusedWhenItIsNone) {
  for (const std::string& none : {std::string(), std::string("."), std::string(".."), std::string("1..a"),
                                  std::string("1.zz.00"), std::string("1.616.00"), std::string(5'000, '.')}) {
    EXPECT_EQ(signer.verify("Iden", none, today).error().code, errc::invalid_ticket) << none.substr(0, 10);
  }
}

TEST_F(Ticket, IsMadeOfWhatAUrlMayHold) {
  const std::string odd = signer.issue("Iden", "ann&=?/ #%\"\xc3\xa9@d", today + 60s);
  EXPECT_EQ(odd.find_first_not_of("0123456789abcdef."), std::string::npos);
  EXPECT_EQ(signer.verify("Iden", odd, today), "ann&=?/ #%\"\xc3\xa9@d");
}

TEST_F(Ticket, HasRoomForTheLongestOwner) {
  const std::string long_owner(400, 'x');
  const std::string ticket = signer.issue(std::string(32, 'i'), long_owner, today + 60s);
  EXPECT_TRUE(signer.verify(std::string(32, 'i'), ticket, today));
}

TEST_F(Ticket, IsNoNonce) {
  nonce_signer nonces("a secret of sixteen", 30s);
  EXPECT_FALSE(nonces.verify("alice@d", good, today));
  nonce_signer::buffer room;
  EXPECT_FALSE(signer.verify("Iden", nonces.issue("alice@d", today, 1, room), today));
}

}  // namespace
}  // namespace c2c::auth
