#include "auth/digest.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::auth {
namespace {

// Computed with md5sum: HA1 of alice:example.com:s3cret, HA2 of +34900000000, nonce "n".
constexpr std::string_view known_ha1 = "d2d0c8958e1b1c2b989afda0efb9663e";
constexpr std::string_view known_response = "54a52de911eeeeb5e49c29244fcd84de";

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
  }
  return out;
}

TEST(Digest, IsThatOfTheContract) {
  digester md5;
  const md5_hex ha1 = md5.ha1("alice", "example.com", "s3cret");
  EXPECT_EQ(view(ha1), known_ha1);
  EXPECT_EQ(view(md5.response(view(ha1), "n", "+34900000000")), known_response);
  EXPECT_EQ(view(md5.response("alice", "example.com", "s3cret", "n", "+34900000000")), known_response);
}

TEST(Digest, HashesHa1AsHttpDigestDoes) {
  // RFC 7616 §3.9.1 has this user, realm and password; the value is MD5 of "Mufasa:http-auth@example.org:Circle of
  // Life".
  digester md5;
  EXPECT_EQ(view(md5.ha1("Mufasa", "http-auth@example.org", "Circle of Life")), "3d78807defe7de2157e2b0b6573a855f");
}

TEST(Digest, VerifiesTheRightResponseInAnyLetterCase) {
  digester md5;
  EXPECT_TRUE(md5.verify(known_response, "alice", "example.com", "s3cret", "n", "+34900000000"));
  EXPECT_TRUE(md5.verify(upper(known_response), "alice", "example.com", "s3cret", "n", "+34900000000"));
}

TEST(Digest, RefusesAnyOtherInput) {
  digester md5;
  EXPECT_FALSE(md5.verify(known_response, "Alice", "example.com", "s3cret", "n", "+34900000000"));
  EXPECT_FALSE(md5.verify(known_response, "alice", "example.org", "s3cret", "n", "+34900000000"));
  EXPECT_FALSE(md5.verify(known_response, "alice", "example.com", "s3cret!", "n", "+34900000000"));
  EXPECT_FALSE(md5.verify(known_response, "alice", "example.com", "s3cret", "m", "+34900000000"));
  EXPECT_FALSE(md5.verify(known_response, "alice", "example.com", "s3cret", "n", "+34900000001"));
}

TEST(Digest, RefusesAResponseOfTheWrongSize) {
  digester md5;
  const std::string right(known_response);
  for (const std::string& given : {std::string(), right.substr(1), right + "0", right + right, std::string(32, 'g')}) {
    EXPECT_FALSE(md5.verify(given, "alice", "example.com", "s3cret", "n", "+34900000000")) << given;
  }
}

}  // namespace
}  // namespace c2c::auth
