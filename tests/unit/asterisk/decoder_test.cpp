#include "asterisk/decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::asterisk {
namespace {

constexpr std::string_view greeting = "Asterisk Call Manager/9.0.0\r\n";

struct outcome {
  std::vector<std::string> messages;
  std::string fault;
  std::uint64_t skipped = 0;
  std::string why_skipped;

  bool operator==(const outcome&) const = default;
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
  out.skipped = it.skipped();
  out.why_skipped = it.why_skipped();
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

// What each reads as is the same however the bytes are split.
outcome decode_in_any_pieces(std::string_view rest) {
  const std::string bytes = greeted(rest);
  outcome whole = decode(bytes, bytes.size());
  for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{4096}}) {
    EXPECT_EQ(decode(bytes, most), whole) << "in pieces of " << most;
  }
  return whole;
}

// As Asterisk writes a channel's variable that holds a line break (channelvars in manager.conf).
TEST(Decoder, PassesOverALineThatIsNoHeaderAndKeepsItsMessage) {
  const outcome got = decode_in_any_pieces(
      "Event: OriginateResponse\r\nChanVariable(Local/s@x-1;2): NOTES=ACME\nLtd\r\nReason: 4\r\n\r\nEvent: B\r\n\r\n");
  EXPECT_EQ(got.messages,
            (std::vector<std::string>{
                "Event: OriginateResponse\r\nChanVariable(Local/s@x-1;2): NOTES=ACME\nReason: 4\r\n", "Event: B\r\n"}));
  EXPECT_EQ(got.skipped, 1U);
  EXPECT_EQ(got.why_skipped, "a line is not a header");
}

TEST(Decoder, PassesOverWhateverALineMayHold) {
  for (const std::string& bad : {std::string("nonsense\r\n"), std::string(": no name\r\n"), std::string("\r\r\n"),
                                 std::string("A: b\0c\r\n", 8), std::string("\0\n", 2), std::string("\xff\xfe\n")}) {
    for (const std::string& text :
         {bad + "Event: A\n\n", "Event: A\n" + bad + "\n", bad + bad + "Event: A\n" + bad + "\n"}) {
      const outcome got = decode_in_any_pieces("Event: first\n\n" + text + "Event: last\n\n");
      EXPECT_EQ(got.messages, (std::vector<std::string>{"Event: first\n", "Event: A\n", "Event: last\n"})) << text;
      EXPECT_EQ(got.skipped, static_cast<std::uint64_t>((text.size() - 10) / bad.size()));
    }
  }
}

TEST(Decoder, GivesNothingForAMessageOfWhichEveryLineWasPassedOver) {
  const outcome got = decode_in_any_pieces("nonsense\n\nEvent: A\n\n");
  EXPECT_EQ(got.messages, (std::vector<std::string>{"Event: A\n"}));
}

TEST(Decoder, HoldsALineOfExactlyItsLimitAndPassesALongerOneOver) {
  const std::string longest = "A:" + std::string(decoder::max_line_bytes - 2, 'x');
  EXPECT_EQ(decode_in_any_pieces(longest + "\r\n\r\n").messages.size(), 1U);
  for (const std::size_t more : {std::size_t{1}, std::size_t{2}, std::size_t{100'000}}) {
    const outcome got =
        decode_in_any_pieces("Event: A\r\n" + longest + std::string(more, 'y') + "\r\nB: 1\r\n\r\nEvent: C\r\n\r\n");
    EXPECT_EQ(got.messages, (std::vector<std::string>{"Event: A\r\nB: 1\r\n", "Event: C\r\n"}));
    EXPECT_EQ(got.skipped, 1U);
    EXPECT_EQ(got.why_skipped, "a line is too long");
  }
}

TEST(Decoder, HoldsAMessageOfExactlyItsLimitAndPassesALongerOneOver) {
  const std::string line = "A:" + std::string(decoder::max_line_bytes / 2 - 4, 'x') + "\r\n";
  std::string text;
  while (text.size() + line.size() <= decoder::max_message_bytes) {
    text += line;
  }
  ASSERT_EQ(text.size(), decoder::max_message_bytes);
  EXPECT_EQ(decode_in_any_pieces(text + "no header\r\n\r\n").messages, (std::vector<std::string>{text}));
  const outcome got = decode_in_any_pieces(text + "B:1\r\n" + text + "no header\r\n\r\nEvent: C\r\n\r\n");
  EXPECT_EQ(got.messages, (std::vector<std::string>{"Event: C\r\n"}));
  EXPECT_EQ(got.skipped, 1U) << "once for the message, whatever comes until its end";
}

TEST(Decoder, HoldsAsManyHeadersAsItsLimitAndPassesAMessageWithMoreOver) {
  std::string text;
  for (std::size_t i = 0; i < decoder::max_headers; ++i) {
    text += "A: 1\r\n";
  }
  EXPECT_EQ(decode_in_any_pieces(text + "\r\n" + text + "\r\n").messages.size(), 2U);
  const outcome got = decode_in_any_pieces(text + "B: 1\r\n\r\nEvent: C\r\n\r\n");
  EXPECT_EQ(got.messages, (std::vector<std::string>{"Event: C\r\n"}));
  EXPECT_EQ(got.why_skipped, "a message has too many headers");
}

TEST(Decoder, TheGreetingIsNoLongerThanALineEither) {
  EXPECT_NE(decode("Asterisk Call Manager" + std::string(decoder::max_line_bytes, 'x') + "\n", 100'000).fault, "");
  EXPECT_NE(decode("Asterisk Call Manager" + std::string(decoder::max_line_bytes, 'x'), 999).fault, "");
}

// Feeds `piece` again and again, and tells how large the buffer grows.
std::size_t most_room_for(std::string_view piece, int times) {
  decoder it;
  std::ranges::copy(greeting, it.room().begin());
  it.commit(greeting.size());
  std::size_t most = 0;
  for (int i = 0; i < times; ++i) {
    for (std::string_view rest = piece; !rest.empty();) {
      const auto room = it.room();
      most = std::max(most, room.size());
      const std::size_t size = std::min(room.size(), rest.size());
      std::copy_n(rest.begin(), size, room.begin());
      it.commit(size);
      rest.remove_prefix(size);
      for (auto next = it.next(); next && *next; next = it.next()) {
      }
    }
  }
  return most;
}

TEST(Decoder, KeepsItsBufferSmallWhateverItPassesOver) {
  constexpr std::size_t most = 2 * (decoder::max_message_bytes + decoder::max_line_bytes);
  EXPECT_LE(most_room_for("nonsense without an end of the message\n", 100'000), most);
  EXPECT_LE(most_room_for("nonsense without an end of the line ", 100'000), most);
  EXPECT_LE(most_room_for("Header: without an end of the message\n", 100'000), most);
  EXPECT_LE(most_room_for("A: " + std::string(decoder::max_line_bytes - 3, 'x') + "\n", 100), most);
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
}  // namespace c2c::asterisk
