#include "ami/decoder.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::ami {
namespace {

constexpr std::string_view greeting = "Asterisk Call Manager/9.0.0\r\n";

struct outcome {
  std::vector<std::string> messages;
  std::string fault;
};

// Feeds `bytes` in pieces of at most `most` bytes.
outcome decode(std::string_view bytes, std::size_t most) {
  decoder it;
  outcome out;
  while (!bytes.empty()) {
    const auto room = it.room();
    const std::size_t size = std::min({most, room.size(), bytes.size()});
    std::copy_n(bytes.begin(), size, room.begin());
    it.commit(size);
    bytes.remove_prefix(size);
    for (;;) {
      auto next = it.next();
      if (!next) {
        EXPECT_EQ(next.error().code, errc::malformed);
        EXPECT_FALSE(it.next());  // stays broken
        out.fault = next.error().detail;
        return out;
      }
      if (!*next) {
        break;
      }
      out.messages.emplace_back((*next)->text());
    }
  }
  return out;
}

std::string greeted(std::string_view rest) {
  return std::string(greeting) + std::string(rest);
}

TEST(Decoder, GivesTheSameMessagesHoweverTheBytesAreSplit) {
  const std::string bytes =
      greeted("Response: Success\r\nActionID: 1\r\n\r\nEvent: A\nX: 1\n\n\r\nEvent: B\r\nY: \r\n\r\nEvent: half");
  const std::vector<std::string> expected = {"Response: Success\r\nActionID: 1\r\n", "Event: A\nX: 1\n",
                                             "Event: B\r\nY: \r\n"};
  for (std::size_t most = 1; most <= bytes.size(); ++most) {
    const outcome got = decode(bytes, most);
    EXPECT_EQ(got.messages, expected) << "in pieces of " << most;
    EXPECT_EQ(got.fault, "");
  }
}

TEST(Decoder, TakesAnyVersionInTheGreetingAndNothingElseForOne) {
  decoder it;
  const std::string_view old = "Asterisk Call Manager/1.1\r\n";
  std::ranges::copy(old, it.room().begin());
  it.commit(old.size() - 1);
  EXPECT_TRUE(it.next());
  EXPECT_FALSE(it.greeted());
  it.commit(1);
  EXPECT_TRUE(it.next());
  EXPECT_TRUE(it.greeted());
  EXPECT_NE(decode("SSH-2.0-OpenSSH_9.2\r\n", 100).fault, "");
  EXPECT_NE(decode("Response: Success\r\n\r\n", 100).fault, "");
}

TEST(Decoder, RefusesALineThatIsNoHeader) {
  for (const std::string_view bad : {"nonsense\r\n", ": no name\r\n", "\r\r\n"}) {
    const outcome got = decode(greeted("Event: A\r\n\r\n" + std::string(bad)), 7);
    EXPECT_EQ(got.messages.size(), 1U);  // what came before it is still given
    EXPECT_NE(got.fault, "") << bad;
  }
}

TEST(Decoder, RefusesANul) {
  EXPECT_NE(decode(greeted(std::string("A: b\0c\r\n", 8)), 3).fault, "");
}

TEST(Decoder, HoldsALineOfExactlyItsLimitAndNoneLonger) {
  const std::string longest = "A:" + std::string(decoder::max_line_bytes - 2, 'x');
  for (const std::size_t most : {std::size_t{1}, std::size_t{4096}, std::size_t{1} << 20U}) {
    EXPECT_EQ(decode(greeted(longest + "\r\n\r\n"), most).messages.size(), 1U);
    EXPECT_NE(decode(greeted(longest + "x\r\n\r\n"), most).fault, "");
    EXPECT_NE(decode(greeted(longest + "xyz"), most).fault, "");  // and does not wait for its end
  }
}

TEST(Decoder, HoldsAMessageOfExactlyItsLimitAndNoneLonger) {
  const std::string line = "A:" + std::string(decoder::max_line_bytes / 2 - 4, 'x') + "\r\n";
  std::string text;
  while (text.size() + line.size() <= decoder::max_message_bytes) {
    text += line;
  }
  ASSERT_EQ(text.size(), decoder::max_message_bytes);
  for (const std::size_t most : {std::size_t{999}, std::size_t{1} << 20U}) {
    EXPECT_EQ(decode(greeted(text + "\r\n"), most).messages.size(), 1U);
    EXPECT_NE(decode(greeted(text + "B:1\r\n\r\n"), most).fault, "");
  }
}

TEST(Decoder, HoldsAsManyHeadersAsItsLimitAndNoMore) {
  std::string text;
  for (std::size_t i = 0; i < decoder::max_headers; ++i) {
    text += "A: 1\r\n";
  }
  EXPECT_EQ(decode(greeted(text + "\r\n" + text + "\r\n"), 100).messages.size(), 2U);
  EXPECT_NE(decode(greeted(text + "B: 1\r\n\r\n"), 100).fault, "");
}

TEST(Decoder, KeepsItsBufferSmallOverALongStreamOfEvents) {
  decoder it;
  std::ranges::copy(greeting, it.room().begin());
  it.commit(greeting.size());
  std::mt19937 random(1);
  std::size_t messages = 0;
  std::size_t most_room = 0;
  std::string left;
  for (int i = 0; i < 20'000; ++i) {
    left += "Event: Newstate\r\nValue: " + std::string(random() % 600, 'v') + "\r\n\r\n";
    const auto room = it.room();
    most_room = std::max(most_room, room.size());
    const std::size_t size = std::min<std::size_t>({1 + random() % 1500, left.size(), room.size()});
    std::copy_n(left.begin(), size, room.begin());
    it.commit(size);
    left.erase(0, size);
    for (auto next = it.next(); next && *next; next = it.next()) {
      EXPECT_EQ((*next)->get("Event"), "Newstate");
      ++messages;
    }
  }
  EXPECT_GT(messages, 10'000U);
  EXPECT_LE(most_room, std::size_t{16} * 1024);
}

}  // namespace
}  // namespace c2c::ami
