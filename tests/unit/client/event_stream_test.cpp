#include "client/event_stream.hpp"

#include <gtest/gtest.h>

namespace c2c::client {
namespace {

using events = std::vector<stream_event>;

events read(std::string_view bytes) {
  event_parser parser;
  events out;
  EXPECT_TRUE(parser.feed(bytes, out));
  return out;
}

stream_event numbered(const std::string& id, const std::string& data) {
  return {.type = {}, .id = id, .data = data};
}

// The shape of what the service sends, with everything that a line can be.
constexpr std::string_view sample =
    "\xef\xbb\xbfretry: 1000\n\nid: 1\ndata: {\"a\":1}\n\n:\n: a comment\nevent: other\nid: 2\ndata: one\ndata: two\n\n"
    "data\n\nid\ndata:no space\n\n";

const events sample_events = {
    numbered("1", "{\"a\":1}"),
    {.type = "other", .id = "2", .data = "one\ntwo"},
    numbered("", "no space"),
};

std::string with_line_ends(std::string_view text, std::string_view end) {
  std::string out;
  for (const char c : text) {
    c == '\n' ? out.append(end) : out.append(1, c);
  }
  return out;
}

}  // namespace

TEST(EventStream, ReadsFieldsCommentsAndBlankLines) {
  EXPECT_EQ(read(sample), sample_events);
}

TEST(EventStream, IsTheSameHoweverItIsCutAndHoweverItsLinesEnd) {
  for (const std::string_view end : {"\n", "\r", "\r\n"}) {
    const std::string text = with_line_ends(sample, end);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      event_parser parser;
      events got;
      ASSERT_TRUE(parser.feed(std::string_view(text).substr(0, cut), got));
      ASSERT_TRUE(parser.feed(std::string_view(text).substr(cut), got));
      ASSERT_EQ(got, sample_events) << "cut at " << cut;
    }
    event_parser parser;
    events got;
    for (const char byte : text) {
      ASSERT_TRUE(parser.feed({&byte, 1}, got));
    }
    EXPECT_EQ(got, sample_events);
  }
}

TEST(EventStream, TellsAnEventOnlyOnceItsBlankLineIsThere) {
  event_parser parser;
  events got;
  ASSERT_TRUE(parser.feed("id: 1\ndata: x\n", got));
  EXPECT_TRUE(got.empty());
  ASSERT_TRUE(parser.feed("\n", got));
  EXPECT_EQ(got, events{numbered("1", "x")});
}

TEST(EventStream, KeepsAnIdForTheEventsThatHaveNone) {
  EXPECT_EQ(read("id: 7\ndata: a\n\ndata: b\n\n"), (events{numbered("7", "a"), numbered("7", "b")}));
}

TEST(EventStream, TakesNoIdThatCouldNotBeSentBack) {
  const std::string control = "id: 1\ndata: a\n\nid: 2\x01\ndata: b\n\n";
  EXPECT_EQ(read(control).back().id, "1");
  const std::string nul = std::string("id: 1") + '\0' + "\ndata: a\n\n";
  EXPECT_EQ(read(nul).back().id, "");
  EXPECT_EQ(read("id: " + std::string(event_parser::most_id_bytes + 1, '1') + "\ndata: a\n\n").back().id, "");
}

TEST(EventStream, SaysHowLongToStayAway) {
  const auto retry = [](std::string_view value) {
    event_parser parser;
    events got;
    EXPECT_TRUE(parser.feed("retry: " + std::string(value) + "\n", got));
    return parser.retry();
  };
  EXPECT_EQ(retry("1000"), std::chrono::milliseconds(1000));
  EXPECT_EQ(retry("0"), std::chrono::milliseconds(0));
  EXPECT_EQ(retry("99999999"), std::chrono::minutes(1));
  EXPECT_EQ(retry("99999999999999999999"), std::chrono::minutes(1));
  for (const std::string_view wrong : {"", "-1", "1s", "1 "}) {
    EXPECT_EQ(retry(wrong), std::nullopt) << wrong;
  }
}

TEST(EventStream, StopsAtALineThatIsTooLong) {
  const std::string longest = "data:" + std::string(event_parser::most_line_bytes - 5, 'x');
  EXPECT_EQ(read(longest + "\n\n").size(), 1U);
  event_parser parser;
  events got;
  EXPECT_TRUE(parser.feed(longest, got));
  EXPECT_FALSE(parser.feed("x", got));
  EXPECT_FALSE(parser.feed("\n\ndata: y\n\n", got)) << "nothing is read any more";
  EXPECT_TRUE(got.empty());
}

TEST(EventStream, StopsAtAnEventThatIsTooLong) {
  const std::string line = "data:" + std::string(1000, 'x') + "\n";
  event_parser parser;
  events got;
  std::size_t lines = 0;
  while (lines < 1000 && parser.feed(line, got)) {
    ++lines;
  }
  EXPECT_EQ(lines, event_parser::most_event_bytes / 1001);
}

}  // namespace c2c::client
