#include "redis/session.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace c2c::redis {
namespace {

using namespace std::chrono_literals;

class RedisSession : public testing::Test {
 protected:
  void begin(std::string_view url) {
    where = parse_url(url).value();
    it.emplace(where, limits{.most_pending = 4, .connect_timeout = 1s}, now);
  }

  void up() {
    begin("redis://host");
    it->connected();
    EXPECT_EQ(written(), select_0);
    feed("+OK\r\n");
    ASSERT_TRUE(it->ready());
  }

  std::string written() {
    std::string out;
    for (auto bytes = it->to_write(); !bytes.empty(); bytes = it->to_write()) {
      out.append(bytes.substr(0, 7));  // as a socket that takes a little at a time
      it->wrote(std::min<std::size_t>(bytes.size(), 7));
    }
    return out;
  }

  void feed(std::string_view bytes) { it->received(bytes); }

  void ping() {
    it->submit({"PING"}, now + 500ms, [this](const result<answer>& got) {
      if (!got) {
        log.push_back(std::string(to_string(got.error().code)) + ": " + got.error().detail);
      } else if (got->type == answer::kind::nothing) {
        log.emplace_back("nothing");
      } else if (got->type == answer::kind::number) {
        log.push_back(std::to_string(got->number));
      } else {
        log.push_back((got->type == answer::kind::error ? "error " : "") + got->text);
      }
    });
  }

  static constexpr std::string_view select_0 = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
  static constexpr std::string_view ping_text = "*1\r\n$4\r\nPING\r\n";
  steady_time now{1h};
  url where;
  std::optional<session> it;
  std::vector<std::string> log;
};

using Log = std::vector<std::string>;

TEST_F(RedisSession, SaysNothingBeforeItIsConnected) {
  begin("redis://host");
  ping();
  EXPECT_EQ(it->to_write(), "");
}

TEST_F(RedisSession, LogsInAsTheUrlSaysBeforeAnythingElse) {
  begin("redis://:hush@host/7");
  it->connected();
  ping();
  EXPECT_EQ(written(), "*2\r\n$4\r\nAUTH\r\n$4\r\nhush\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n7\r\n");
  feed("+OK\r\n");
  EXPECT_FALSE(it->ready());
  EXPECT_EQ(it->to_write(), "");
  feed("+OK\r\n");
  EXPECT_TRUE(it->ready());
  EXPECT_EQ(written(), ping_text);
}

TEST_F(RedisSession, LogsInWithAUserWhereThereIsOne) {
  begin("redis://c2c:hush@host");
  it->connected();
  EXPECT_TRUE(written().starts_with("*3\r\n$4\r\nAUTH\r\n$3\r\nc2c\r\n$4\r\nhush\r\n"));
}

TEST_F(RedisSession, ARefusedLogInEndsItWithoutTellingThePassword) {
  begin("redis://:hush@host");
  it->connected();
  ping();
  written();
  feed("-WRONGPASS invalid username-password pair\r\n");
  ASSERT_TRUE(it->fault());
  EXPECT_EQ(*it->fault(), "log-in refused: WRONGPASS invalid username-password pair");
  it->finish();
  EXPECT_EQ(log, (Log{"claims_unavailable: log-in refused: WRONGPASS invalid username-password pair"}));
}

TEST_F(RedisSession, AnswersCommandsInOrderHoweverTheBytesCome) {
  up();
  for (int i = 0; i < 4; ++i) {
    ping();
  }
  EXPECT_EQ(written().size(), 4 * ping_text.size());
  for (const char byte : std::string("+PONG\r\n$-1\r\n:42\r\n-OOM command not allowed\r\n")) {
    feed(std::string_view(&byte, 1));
  }
  EXPECT_EQ(log, (Log{"PONG", "nothing", "42", "error OOM command not allowed"}));
}

TEST_F(RedisSession, WhatIsSubmittedWhileBytesAreWrittenComesAfterThem) {
  up();
  ping();
  const std::string_view first = it->to_write();
  ping();
  EXPECT_EQ(first, ping_text);
  it->wrote(first.size());
  EXPECT_EQ(it->to_write(), ping_text);
}

TEST_F(RedisSession, TooManyUnansweredCommandsAreOverload) {
  up();
  for (int i = 0; i < 5; ++i) {
    ping();
  }
  EXPECT_EQ(log, (Log{"overloaded: too many commands wait for Redis"}));
}

TEST_F(RedisSession, AnAnswerThatIsOverdueEndsIt) {
  up();
  ping();
  written();
  EXPECT_EQ(it->next_deadline(), now + 500ms);
  it->advance(now + 499ms);
  EXPECT_FALSE(it->fault());
  it->advance(now + 500ms);
  EXPECT_TRUE(it->fault());
  it->finish();
  EXPECT_EQ(log, (Log{"claims_unavailable: no answer in time"}));
}

TEST_F(RedisSession, ALogInThatTakesTooLongEndsIt) {
  begin("redis://host");
  it->advance(now + 999ms);
  EXPECT_FALSE(it->fault());
  it->advance(now + 1s);
  EXPECT_EQ(it->fault().value_or(""), "no connection and log-in in time");
}

TEST_F(RedisSession, WhatIsNoRespOrWasNotAskedForEndsIt) {
  up();
  ping();
  feed("HTTP/1.1 400 Bad Request\r\n");
  EXPECT_EQ(it->fault().value_or(""), "what it says is no RESP");
  up();
  feed("+PONG\r\n");
  EXPECT_EQ(it->fault().value_or(""), "it answers what nobody asked");
}

TEST_F(RedisSession, AnAnswerWithoutAnEndIsNotGathered) {
  up();
  ping();
  feed("$100000\r\n");
  for (int i = 0; i < 20 && !it->fault(); ++i) {
    feed(std::string(1'000, 'x'));
  }
  EXPECT_EQ(it->fault().value_or(""), "its answer is too long");
}

TEST_F(RedisSession, AListIsBoundedInElementsDepthAndBytesBeforeItIsKept) {
  const auto fault_of = [this](std::string_view begin_of_it, std::string_view more, std::size_t times) {
    up();
    ping();
    written();
    feed(begin_of_it);
    for (std::size_t i = 0; i < times && !it->fault(); ++i) {
      feed(more);
    }
    return it->fault().value_or("");
  };
  EXPECT_EQ(fault_of("*2000000000\r\n", ":1\r\n", 1), "what it says is no RESP");
  EXPECT_EQ(fault_of("*1025\r\n", ":1\r\n", 1), "what it says is no RESP");
  EXPECT_EQ(fault_of("*1024\r\n", ":1\r\n", 1'023), "");
  EXPECT_EQ(fault_of("", "*2\r\n", 100), "what it says is no RESP") << "lists in lists";
  std::string inner = "*1024\r\n";
  for (int i = 0; i < 1'024; ++i) {
    inner += "$4\r\nabcd\r\n";
  }
  EXPECT_EQ(fault_of("*1024\r\n", inner, 1'024), "its answer is too long");
}

TEST_F(RedisSession, OfAListInAListNothingIsKept) {
  up();
  std::vector<std::string> items;
  it->submit({"ROLE"}, now + 500ms, [&](const result<answer>& got) { items = got->items; });
  written();
  feed("*4\r\n$1\r\na\r\n*2\r\n$1\r\nx\r\n*1\r\n+y\r\n:7\r\n+b\r\n");
  EXPECT_EQ(items, (std::vector<std::string>{"a", "", "", "b"}));
  EXPECT_FALSE(it->fault());
}

TEST_F(RedisSession, OnlyTheStatusOkIsOk) {
  up();
  std::vector<bool> ok;
  for (const std::string_view said : {"+OK\r\n", "$2\r\nOK\r\n", ":1\r\n", "$-1\r\n", "+QUEUED\r\n", "*1\r\n+OK\r\n"}) {
    it->submit({"SET"}, now + 500ms, [&](const result<answer>& got) { ok.push_back(got->ok()); });
    written();
    feed(said);
  }
  EXPECT_EQ(ok, (std::vector<bool>{true, false, false, false, false, false}));
}

TEST_F(RedisSession, AfterItsEndNothingIsTaken) {
  up();
  it->give_up("connection reset by peer");
  ping();
  EXPECT_EQ(log, (Log{"claims_unavailable: connection reset by peer"}));
}

TEST_F(RedisSession, WhatIsPublishedIsNoAnswer) {
  up();
  std::vector<std::string> heard;
  it->on_message = [&](std::string_view channel, std::string_view payload) {
    heard.push_back(std::string(channel) + " " + std::string(payload));
  };
  ping();
  feed("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n+PONG\r\n*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$0\r\n\r\n");
  EXPECT_EQ(heard, (Log{"c hello", "c "}));
  EXPECT_EQ(log, (Log{"PONG"}));
  EXPECT_FALSE(it->fault());
}

TEST_F(RedisSession, WhatSaysThatItIsNoMasterEndsItAfterItsAnswer) {
  for (const std::string_view said :
       {"-READONLY You can't write against a read only replica.\r\n",
        "-LOADING Redis is loading the dataset in memory\r\n", "-MASTERDOWN Link is down\r\n"}) {
    up();
    ping();
    feed(said);
    EXPECT_EQ(log.size(), 1U);
    EXPECT_TRUE(it->fault()) << said;
    log.clear();
  }
  up();
  ping();
  feed("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  EXPECT_FALSE(it->fault()) << "a connection to another would find the same";
}

TEST_F(RedisSession, BehindSentinelsOnlyAMasterWillDo) {
  begin("redis+sentinel://host/m");
  it->connected();
  EXPECT_TRUE(written().ends_with("*1\r\n$4\r\nROLE\r\n"));
  feed("+OK\r\n");
  EXPECT_FALSE(it->ready());
  feed("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
  EXPECT_TRUE(it->ready());

  begin("redis+sentinel://host/m");
  it->connected();
  written();
  feed("+OK\r\n*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nconnected\r\n:0\r\n");
  EXPECT_EQ(it->fault().value_or(""), "it is no master, whatever the Sentinel says");
}

TEST_F(RedisSession, ACommandThatWaitsForASlowLogInWaitsNoLongerThanItsOwnTime) {
  begin("redis://host");
  ping();
  EXPECT_EQ(it->next_deadline(), now + 500ms);
  it->advance(now + 500ms);
  it->finish();
  EXPECT_EQ(log.size(), 1U);
}

}  // namespace
}  // namespace c2c::redis
