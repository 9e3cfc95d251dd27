#include "log/log.hpp"

#include <string>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace c2c::log {
namespace {

TEST(Log, WhatIsPlainStaysAndTheRestIsEscaped) {
  EXPECT_EQ(json_escaped("plain ñ € 😀"), "plain ñ € 😀");
  EXPECT_EQ(json_escaped("a\"b\\c"), R"(a\"b\\c)");
  EXPECT_EQ(json_escaped("a\nb\x1b"
                         "c\x7f"),
            R"(a\u000ab\u001bc\u007f)");
  EXPECT_EQ(json_escaped("\xc2\x85 \xc2\x9b \xe2\x80\xa8 \xe2\x80\xae"), R"(\u0085 \u009b \u2028 \u202e)");
}

TEST(Log, AnyBytesMakeValidJson) {
  std::string text;
  for (int first = 0; first < 256; ++first) {
    for (const char* const more : {"", "\x80", "\xbf\xbf", "\xff", "\""}) {
      text.append(1, static_cast<char>(first)).append(more);
    }
  }
  for (std::size_t size = 0; size <= text.size(); ++size) {
    boost::system::error_code ec;
    boost::json::parse('"' + json_escaped(std::string_view(text).substr(0, size)) + '"', ec);
    ASSERT_FALSE(ec) << "cut at " << size << ": " << ec.message();
  }
}

// What is written to standard error while `what` runs.
template <class What>
std::string written(What what) {
  testing::internal::CaptureStderr();
  what();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, ALineIsOneLineInWhicheverShape) {
  for (const line_format shape : {line_format::text, line_format::json}) {
    const std::string line = written([shape] {
      start(level::info, shape);
      warn("Asterisk: {}",
           "one\ntwo\xe2\x80\xa8three\xc2\x85"
           "four\xff");
      start(level::warn, line_format::text);
    });
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    EXPECT_NE(line.find(R"(one\u000atwo\u2028three\u0085four\ufffd)"), std::string::npos) << line;
  }
}

TEST(Log, WhatIsTooLongIsCut) {
  const std::string line = written([] {
    start(level::info, line_format::json);
    call({.aor = "a", .outcome = "rejected", .detail = std::string(100'000, 'x')});
    warn("{}", std::string(100'000, 'x'));
    start(level::warn, line_format::text);
  });
  EXPECT_LT(line.size(), 6'000U);
  EXPECT_NE(line.find("xxx...\""), std::string::npos);
}

}  // namespace
}  // namespace c2c::log
