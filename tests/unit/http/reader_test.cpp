#include "http/reader.hpp"

#include <string>

#include <gtest/gtest.h>

namespace c2c::http {
namespace {

using outcome = reader::outcome;

// Feeds `input` in pieces of `piece` bytes until something comes of it; returns the last outcome and how much was
// consumed.
std::pair<outcome, std::size_t> feed_in_pieces(reader& read, std::string_view input, std::size_t piece) {
  std::string pending;
  std::size_t consumed = 0;
  for (std::size_t at = 0; at < input.size(); at += piece) {
    pending += input.substr(at, piece);
    const auto step = read.feed(pending);
    pending.erase(0, step.consumed);
    consumed += step.consumed;
    if (step.reached != outcome::need_more) {
      return {step.reached, consumed};
    }
  }
  return {outcome::need_more, consumed};
}

outcome feed(reader& read, std::string_view input) {
  return read.feed(input).reached;
}

TEST(Reader, ReadsARequestWhateverItsBytesArrive) {
  const std::string text =
      "POST /call?x=1 HTTP/1.1\r\nHost: pbx.example.com:9090\r\nOrigin: https://a.example\r\nContent-Length: "
      "5\r\n\r\nhello";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    reader read({});
    const auto [what, consumed] = feed_in_pieces(read, text, piece);
    ASSERT_EQ(what, outcome::complete) << "in pieces of " << piece;
    EXPECT_EQ(consumed, text.size());
    EXPECT_EQ(read.message().method, verb::post);
    EXPECT_EQ(read.message().path, "/call");
    EXPECT_EQ(read.message().query, "x=1");
    EXPECT_EQ(read.message().origin, "https://a.example");
    EXPECT_EQ(read.message().body, "hello");
    EXPECT_TRUE(read.keep_alive());
  }
}

TEST(Reader, LeavesThePipelinedRequestUnread) {
  const std::string first = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  const std::string second = "GET /b HTTP/1.1\r\nHost: h\r\n\r\n";
  reader read({});
  const auto one = read.feed(first + second);
  ASSERT_EQ(one.reached, outcome::complete);
  EXPECT_EQ(one.consumed, first.size());
  read.start();
  const auto two = read.feed(second);
  ASSERT_EQ(two.reached, outcome::complete);
  EXPECT_EQ(read.message().path, "/b");
  EXPECT_EQ(read.message().body, "");
}

TEST(Reader, PassesOverBlankLinesWhateverItsBytesArrive) {
  const std::string text = "\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    reader read({});
    const auto [reached, consumed] = feed_in_pieces(read, text, piece);
    ASSERT_EQ(reached, outcome::complete) << "in pieces of " << piece;
    EXPECT_EQ(consumed, text.size());
    EXPECT_EQ(read.message().path, "/a");
  }
  reader read({});
  EXPECT_EQ(read.feed("\r\n").consumed, 2U);
  EXPECT_FALSE(read.begun()) << "an idle connection is still idle";
  reader many({});
  EXPECT_EQ(feed(many, std::string(5, '\r') + text), outcome::refused);
  reader endless({});
  EXPECT_EQ(feed(endless, "\r\n\r\n\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"), outcome::refused);
}

TEST(Reader, ReadsALaterMinorVersionAs11WhateverItsBytesArrive) {
  const std::string text = "POST /a HTTP/1.7\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    reader read({});
    const auto [reached, consumed] = feed_in_pieces(read, text, piece);
    ASSERT_EQ(reached, outcome::complete) << "in pieces of " << piece;
    EXPECT_EQ(consumed, text.size());
    EXPECT_EQ(read.message().body, "ab");
    EXPECT_TRUE(read.keep_alive());
    EXPECT_FALSE(read.http_1_0());
  }
  reader hostless({});
  EXPECT_EQ(feed(hostless, "GET /a HTTP/1.7\r\n\r\n"), outcome::refused);
}

TEST(Reader, AChunksExtensionMayNotHoldControls) {
  for (const char control : {'\n', '\r', '\0', '\x1b', '\x7f'}) {
    reader read({});
    const std::string extension = std::string("x=\"a") + control + "b\"";
    EXPECT_EQ(feed(read, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;" + extension +
                             "\r\nab\r\n0\r\n\r\n"),
              outcome::refused)
        << static_cast<int>(control);
  }
  reader tab({});
  EXPECT_EQ(
      feed(tab, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;x=\"a\tb\"\r\nab\r\n0\r\n\r\n"),
      outcome::complete);
}

TEST(Reader, AcceptsChunkedAlone) {
  reader read({});
  ASSERT_EQ(feed(read,
                 "POST /call HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nOrigin: https://evil.example\r\n\r\n"),
            outcome::complete);
  EXPECT_EQ(read.message().body, "abcde");
  EXPECT_EQ(read.message().origin, "") << "a trailer is no header";
}

TEST(Reader, RefusesEveryAmbiguousFraming) {
  for (const std::string_view fields : {
           "Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Host: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Host: h\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n",
           "Host: h\r\nTransfer-Encoding: identity\r\n",
           "Host: h\r\nTransfer-Encoding: chunked, gzip\r\n",
           "Host: h\r\nTransfer-Encoding: gzip, chunked\r\n",
           "Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Host: h\r\nContent-Length: 5, 5\r\n",
           "Host: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n",
           "Host: h\r\nContent-Length: +5\r\n",
           "Host: h\r\nContent-Length: -1\r\n",
           "Host : h\r\nContent-Length: 0\r\n",
           "Content-Length: 0\r\n",
           "Host: h\r\nHost: h\r\nContent-Length: 0\r\n",
           "Host: a b\r\nContent-Length: 0\r\n",
       }) {
    reader read({});
    const std::string text = "POST /call HTTP/1.1\r\n" + std::string(fields) + "\r\nhello";
    EXPECT_EQ(feed(read, text), outcome::refused) << fields;
    EXPECT_EQ(read.refused_with().status, 400) << fields;
  }
}

TEST(Reader, RefusesChunkedInHttp10) {
  reader read({});
  EXPECT_EQ(feed(read, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), outcome::refused);
  EXPECT_EQ(read.refused_with().status, 400);
}

TEST(Reader, Http10NeedsNoHostAndClosesUnlessAsked) {
  reader read({});
  ASSERT_EQ(feed(read, "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"), outcome::complete);
  EXPECT_FALSE(read.keep_alive());
  EXPECT_TRUE(read.http_1_0());
  read.start();
  ASSERT_EQ(feed(read, "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"), outcome::complete);
  EXPECT_TRUE(read.keep_alive());
}

TEST(Reader, RefusesGarbageAndOtherVersions) {
  for (const std::string_view text :
       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\n", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    reader read({});
    EXPECT_EQ(feed(read, text), outcome::refused) << text;
    EXPECT_EQ(read.refused_with().status, 400);
  }
}

TEST(Reader, ABodyOverTheLimitIsRefusedWith413BeforeItIsRead) {
  reader read({.header_bytes = 8'192, .body_bytes = 4'096});
  EXPECT_EQ(feed(read, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4097\r\n\r\n"), outcome::refused);
  EXPECT_EQ(read.refused_with().status, 413);
}

TEST(Reader, ABodyAtTheLimitIsTaken) {
  reader read({.header_bytes = 8'192, .body_bytes = 4'096});
  EXPECT_EQ(feed(read, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4096\r\n\r\n" + std::string(4'096, 'x')),
            outcome::complete);
}

TEST(Reader, AChunkedBodyOverTheLimitIsRefusedWith413) {
  reader read({.header_bytes = 8'192, .body_bytes = 16});
  EXPECT_EQ(feed(read,
                 "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n"),
            outcome::refused);
  EXPECT_EQ(read.refused_with().status, 413);
}

TEST(Reader, EndlessChunkExtensionsAreRefused) {
  reader read({.header_bytes = 1'024, .body_bytes = 64});
  std::string text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 30; ++i) {
    text += "1;" + std::string(200, 'x') + "\r\ny\r\n";
  }
  const outcome last = feed_in_pieces(read, text, 50).first;
  EXPECT_EQ(last, outcome::refused);
  EXPECT_EQ(read.refused_with().status, 413);
}

TEST(Reader, AHeaderOverTheLimitIsRefusedWith413) {
  reader read({.header_bytes = 256, .body_bytes = 16});
  EXPECT_EQ(feed(read, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(300, 'x') + "\r\n\r\n"), outcome::refused);
  EXPECT_EQ(read.refused_with().status, 413);
}

TEST(Reader, AsksToContinueOnceAndOnlyWhileTheBodyIsMissing) {
  reader read({});
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  EXPECT_EQ(feed(read, head), outcome::send_continue);
  EXPECT_EQ(feed(read, "a"), outcome::need_more);
  EXPECT_EQ(feed(read, "b"), outcome::complete);
  read.start();
  EXPECT_EQ(feed(read, head + "ab"), outcome::complete);
}

TEST(Reader, RefusesAnExpectationItDoesNotKnow) {
  reader read({});
  EXPECT_EQ(feed(read, "POST / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\nContent-Length: 2\r\n\r\n"),
            outcome::refused);
  EXPECT_EQ(read.refused_with().status, 417);
}

TEST(Reader, TakesTheAbsoluteFormOfATarget) {
  reader read({});
  ASSERT_EQ(feed(read, "GET http://pbx.example.com/challenge?a HTTP/1.1\r\nHost: pbx.example.com\r\n\r\n"),
            outcome::complete);
  EXPECT_EQ(read.message().path, "/challenge");
  EXPECT_EQ(read.message().query, "a");
}

TEST(Reader, AnAbsoluteTargetOfAnotherSchemeIsRefused) {
  for (const std::string_view target : {"ftp://h/challenge", "x?y://z/challenge", "://h/challenge", "httpx://h/"}) {
    reader read({});
    EXPECT_EQ(feed(read, "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n"), outcome::refused) << target;
  }
  reader read({});
  EXPECT_EQ(feed(read, "GET /challenge?to=ftp://h HTTP/1.1\r\nHost: h\r\n\r\n"), outcome::complete);
}

TEST(Reader, SeveralForwardedForLinesAreOneList) {
  reader read({});
  ASSERT_EQ(feed(read,
                 "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1, 192.0.2.2\r\nx-forwarded-for: "
                 "192.0.2.3\r\n\r\n"),
            outcome::complete);
  EXPECT_EQ(read.message().forwarded_for, "192.0.2.1, 192.0.2.2,192.0.2.3");
  read.start();
  ASSERT_EQ(feed(read, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), outcome::complete);
  EXPECT_EQ(read.message().forwarded_for, "");
}

}  // namespace
}  // namespace c2c::http
