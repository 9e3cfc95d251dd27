#include "webhook/webhook.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "receiver.hpp"
#include "support/temporary_folder.hpp"

namespace c2c::webhook {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::received;
using test::webhook_receiver;

constexpr const char* key = "0123456789abcdef";

call_change change_of(const std::string& iden, unsigned number = 1) {
  return {.iden = iden,
          .owner = "alice@127.0.0.1",
          .destination = "+34900000000",
          .state = "callingCaller",
          .number = number,
          .at = call_change::wall_time(1s * number),
          .started = call_change::wall_time(1s)};
}

net::web_url at(const std::string& text) {
  return net::parse_web_url(text).value();
}

class Webhook : public ::testing::Test {
 protected:
  notifier& hook() { return *hook_; }

  void start(notifier::options chosen) {
    chosen.key = secret(key);
    auto made = notifier::make(io_, std::move(chosen));
    ASSERT_TRUE(made) << made.error().detail;
    hook_ = std::move(*made);
  }
  void start(const webhook_receiver& receiver) { start(notifier::options{.url = at(receiver.url())}); }

  // Whether it came to be, some time.
  bool soon(const std::function<bool()>& true_now) {
    const steady_time deadline = steady_clock::now() + 20s;
    while (!true_now() && steady_clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(10ms);
    }
    return true_now();
  }
  bool soon_delivered(std::uint64_t count) {
    return soon([&] { return hook_->statistics().delivered >= count; });
  }

  // Until nothing is left to do but to wait. The loopback delivers what was sent before it returns.
  void settle() {
    io_.restart();
    while (io_.run_one_for(20ms) > 0) {
    }
  }

  bool closed(std::chrono::milliseconds grace) {
    bool done = false;
    asio::co_spawn(io_, hook_->close(grace), [&done](const std::exception_ptr&) { done = true; });
    return soon([&] { return done; });
  }

  asio::io_context io_{1};
  std::unique_ptr<notifier> hook_;
};

TEST_F(Webhook, PostsASignedCloudEvent) {
  webhook_receiver receiver(io_);
  start({.url = at(receiver.listen().url("/calls?token=abc"))});
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon_delivered(1));
  const received& got = receiver.requests().at(0);
  EXPECT_TRUE(got.head.starts_with("POST /calls?token=abc HTTP/1.1\r\n")) << got.head;
  EXPECT_EQ(got.header("Host"), receiver.place());
  EXPECT_EQ(got.header("Content-Type"), "application/cloudevents+json");
  EXPECT_EQ(got.body, to_cloud_event(change_of("abc")));
  const std::string signature = got.header("X-Click2call-Signature");
  const std::chrono::sys_seconds when(std::chrono::seconds(std::stoll(signature.substr(2))));
  EXPECT_EQ(signature, webhook::signature(key, when, got.body));
  EXPECT_LT(std::chrono::abs(std::chrono::system_clock::now() - when), 1min);
}

TEST_F(Webhook, TellsTheChangesOfEachCallInTheirOrderWhateverIsAnswered) {
  unsigned count = 0;
  webhook_receiver receiver(io_, [&](const received&) {
    ++count;
    return count % 7 == 0 ? answer(503) : count % 11 == 0 ? test::hang_up : answer(200, "", "thanks");
  });
  receiver.listen();
  start(receiver);
  for (unsigned number = 1; number <= 5; ++number) {
    for (int call = 0; call < 20; ++call) {
      hook().post(change_of("call" + std::to_string(call), number));
    }
  }
  ASSERT_TRUE(soon_delivered(100));
  std::map<std::string, std::vector<std::string>> told;
  for (const received& each : receiver.requests()) {
    auto& of_call = told[each.data("callId")];
    if (of_call.empty() || of_call.back() != each.member("sequence")) {
      of_call.push_back(each.member("sequence"));
    }
  }
  EXPECT_EQ(told.size(), 20U);
  for (const auto& [iden, numbers] : told) {
    EXPECT_EQ(numbers, (std::vector<std::string>{"1", "2", "3", "4", "5"})) << iden;
  }
}

TEST_F(Webhook, SendsTheSameEventAgainAfterAnAnswerThatMayGetBetter) {
  std::vector<std::string> answers{answer(503),   answer(429),       answer(408), test::hang_up,
                                   test::hang_up, "no HTTP\r\n\r\n", answer(200)};
  webhook_receiver receiver(io_, [&](const received&) {
    const std::string next = answers.front();
    answers.erase(answers.begin());
    return next;
  });
  receiver.listen();
  start(receiver);
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon_delivered(1));
  std::set<std::string> bodies;
  for (const received& each : receiver.requests()) {
    bodies.insert(each.body);
  }
  EXPECT_EQ(bodies.size(), 1U);
  EXPECT_EQ(receiver.requests().size(), 7U);
  EXPECT_EQ(hook().statistics().retried, 5U) << "after the first hang-up, of a kept connection, it goes out at once";
  EXPECT_EQ(hook().statistics().dropped, 0U);
}

TEST_F(Webhook, LeavesTheReceiverAloneForAsLongAsItAsks) {
  unsigned count = 0;
  webhook_receiver receiver(
      io_, [&](const received&) { return ++count == 1 ? answer(503, "Retry-After: 1\r\n") : answer(200); });
  receiver.listen();
  start(receiver);
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon([&] { return receiver.requests().size() == 1; }));
  settle();
  for (int call = 0; call < 20; ++call) {
    hook().post(change_of("other" + std::to_string(call)));
  }
  ASSERT_TRUE(soon_delivered(21));
  const steady_time asked = receiver.requests().front().at;
  EXPECT_EQ(std::ranges::count_if(receiver.requests(), [&](const received& each) { return each.at < asked + 1s; }), 1);
  EXPECT_EQ(hook().statistics().retried, 1U);
}

TEST_F(Webhook, DropsWhatIsRefusedAndGoesOn) {
  for (const unsigned status : {400U, 404U, 302U}) {
    unsigned count = 0;
    webhook_receiver receiver(io_, [&](const received&) {
      return ++count == 1 ? answer(status, "Location: http://127.0.0.1:1/\r\n") : answer(200);
    });
    receiver.listen();
    start(receiver);
    hook().post(change_of("abc", 1));
    hook().post(change_of("abc", 2));
    ASSERT_TRUE(soon_delivered(1)) << status;
    ASSERT_EQ(receiver.requests().size(), 2U) << status;
    EXPECT_EQ(receiver.requests().at(1).member("sequence"), "2") << status;
    EXPECT_EQ(hook().statistics().dropped, 1U) << status;
    EXPECT_EQ(hook().statistics().retried, 0U) << status;
  }
}

TEST_F(Webhook, DeliversWhenTheReceiverIsThereAtLast) {
  webhook_receiver receiver(io_);
  start(receiver);
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon([&] { return hook().statistics().retried >= 2; }));
  EXPECT_EQ(hook().statistics().queued, 1U);
  receiver.listen();
  ASSERT_TRUE(soon_delivered(1));
  EXPECT_EQ(receiver.requests().size(), 1U);
  EXPECT_EQ(hook().statistics().queued, 0U);
}

TEST_F(Webhook, DoesNotWaitForeverForAnAnswer) {
  unsigned count = 0;
  webhook_receiver receiver(io_, [&](const received&) { return ++count == 1 ? test::silence : answer(200); });
  start({.url = at(receiver.listen().url()), .attempt = 100ms});
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon_delivered(1));
  EXPECT_EQ(receiver.requests().size(), 2U);
}

TEST_F(Webhook, GivesAnEventUpThatIsTooOld) {
  webhook_receiver receiver(
      io_, [&](const received& got) { return got.data("callId") == "old" ? answer(503) : answer(200); });
  start({.url = at(receiver.listen().url()), .senders = 1, .give_up = 1'000ms});
  hook().post(change_of("old"));
  ASSERT_TRUE(soon([&] { return hook().statistics().dropped == 1; }));
  hook().post(change_of("new"));
  ASSERT_TRUE(soon_delivered(1));
  EXPECT_EQ(hook().statistics().queued, 0U);
}

TEST_F(Webhook, KeepsTheNewestWhenTheQueueIsFull) {
  webhook_receiver receiver(io_);
  start({.url = at(receiver.listen().url()), .max_queued = 3});
  for (unsigned number = 1; number <= 5; ++number) {
    hook().post(change_of("abc", number));
  }
  EXPECT_EQ(hook().statistics().queued, 3U);
  EXPECT_EQ(hook().statistics().dropped, 2U);
  ASSERT_TRUE(soon_delivered(3));
  EXPECT_EQ(receiver.requests().at(0).member("sequence"), "3");
  EXPECT_EQ(receiver.requests().at(2).member("sequence"), "5");
}

TEST_F(Webhook, UsesItsConnectionAgain) {
  webhook_receiver receiver(io_, [](const received&) { return answer(200, "", "{\"ok\":true}"); });
  start({.url = at(receiver.listen().url()), .senders = 1});
  for (unsigned number = 1; number <= 50; ++number) {
    hook().post(change_of("call" + std::to_string(number)));
  }
  ASSERT_TRUE(soon_delivered(50));
  EXPECT_EQ(receiver.connections(), 1U);
}

TEST_F(Webhook, ConnectsAgainAtOnceWhereTheReceiverHasHungUp) {
  unsigned count = 0;
  webhook_receiver receiver(io_, [&](const received&) {
    // An answer that does not announce the end of its connection, which follows it.
    return ++count == 2 ? test::hang_up : answer(200);
  });
  start({.url = at(receiver.listen().url()), .senders = 1});
  hook().post(change_of("abc", 1));
  hook().post(change_of("abc", 2));
  hook().post(change_of("abc", 3));
  ASSERT_TRUE(soon_delivered(3));
  EXPECT_EQ(receiver.connections(), 2U);
  EXPECT_EQ(hook().statistics().retried, 0U) << "which is no fault, and no attempt, of the receiver's";
}

TEST_F(Webhook, ClosesAConnectionThatIsIdle) {
  webhook_receiver receiver(io_);
  start({.url = at(receiver.listen().url()), .senders = 1, .idle = 1ms});
  hook().post(change_of("abc", 1));
  ASSERT_TRUE(soon_delivered(1));
  const steady_time later = steady_clock::now() + 50ms;
  ASSERT_TRUE(soon([&] { return steady_clock::now() > later; }));
  hook().post(change_of("abc", 2));
  ASSERT_TRUE(soon_delivered(2));
  EXPECT_EQ(receiver.connections(), 2U);
}

TEST_F(Webhook, UnderstandsEveryFormOfAnswer) {
  const std::vector<std::string> answers{
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + answer(200, "", "ok"),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nuntil the end",
      answer(200, "", std::string(1'000'000, 'x')),
      answer(200, "Connection: close\r\n"),
      answer(204) + "and more than belongs to it",
      answer(204)};
  std::size_t count = 0;
  webhook_receiver receiver(io_, [&](const received&) { return answers.at(count++); });
  start({.url = at(receiver.listen().url()), .senders = 1});
  for (unsigned number = 1; number <= answers.size(); ++number) {
    hook().post(change_of("abc", number));
  }
  ASSERT_TRUE(soon_delivered(answers.size()));
  EXPECT_EQ(receiver.requests().size(), answers.size());
  EXPECT_EQ(receiver.connections(), 5U) << "two more after the first three, and one after each that could not be kept";
}

TEST_F(Webhook, TakesNoEndlessHeader) {
  unsigned count = 0;
  webhook_receiver receiver(io_, [&](const received&) {
    return ++count == 1 ? "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') : answer(200);
  });
  receiver.listen();
  start(receiver);
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon_delivered(1));
  EXPECT_EQ(hook().statistics().retried, 1U);
}

TEST_F(Webhook, SpeaksTlsWithAReceiverThatProvesItsName) {
  const test::temporary_folder folder;
  const auto mine = client::test::make_certificate("IP:127.0.0.1");
  webhook_receiver receiver(io_);
  receiver.listen(mine);
  start({.url = at(receiver.url()), .ca = folder.write("ca.pem", mine.pem)});
  hook().post(change_of("abc", 1));
  hook().post(change_of("abc", 2));
  ASSERT_TRUE(soon_delivered(2));
  EXPECT_EQ(receiver.connections(), 1U);
}

TEST_F(Webhook, TellsNothingToAReceiverOfAnotherNameOrUnknownMaker) {
  const test::temporary_folder folder;
  const auto other = client::test::make_certificate("DNS:other.example");
  const auto stranger = client::test::make_certificate("IP:127.0.0.1");
  const std::vector<std::pair<client::test::certificate, std::string>> cases{
      {other, folder.write("other.pem", other.pem)},
      {stranger, folder.write("mine.pem", client::test::make_certificate("IP:127.0.0.1").pem)},
      {stranger, ""}};
  for (const auto& [shown, ca] : cases) {
    webhook_receiver receiver(io_);
    receiver.listen(shown);
    start({.url = at(receiver.url()), .ca = ca});
    hook().post(change_of("abc"));
    ASSERT_TRUE(soon([&] { return hook().statistics().retried >= 2; }));
    EXPECT_TRUE(receiver.requests().empty());
    EXPECT_EQ(hook().statistics().delivered, 0U);
    EXPECT_TRUE(closed(1ms));
  }
}

TEST_F(Webhook, FindsAReceiverByItsNameAndWantsACertificateForIt) {
  const test::temporary_folder folder;
  const auto mine = client::test::make_certificate("DNS:localhost");
  webhook_receiver receiver(io_);
  receiver.listen(mine);
  std::string url = receiver.url();
  url.replace(url.find("127.0.0.1"), 9, "localhost");
  start({.url = at(url), .ca = folder.write("ca.pem", mine.pem)});
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon_delivered(1));
  EXPECT_TRUE(receiver.requests().at(0).header("Host").starts_with("localhost:"));
}

TEST_F(Webhook, GoesOnTryingANameThatThereIsNot) {
  start({.url = at("http://" + std::string(64, 'x') + "/")});  // too long a label for any name server
  hook().post(change_of("abc"));
  ASSERT_TRUE(soon([&] { return hook().statistics().retried >= 2; }));
  EXPECT_EQ(hook().statistics().queued, 1U);
  EXPECT_TRUE(closed(1ms));
  EXPECT_EQ(hook().statistics().dropped, 1U);
}

TEST_F(Webhook, SaysWhatIsWrongWithItsCertificates) {
  const auto no_file = notifier::make(io_, {.url = at("https://x"), .ca = "/nowhere.pem"});
  ASSERT_FALSE(no_file);
  EXPECT_EQ(no_file.error().detail, "progress.webhook.ca: cannot use /nowhere.pem: No such file or directory");
}

TEST_F(Webhook, DeliversWhatWaitsBeforeItCloses) {
  webhook_receiver receiver(io_);
  receiver.listen();
  start(receiver);
  for (int call = 0; call < 100; ++call) {
    hook().post(change_of("call" + std::to_string(call)));
  }
  ASSERT_TRUE(closed(20s));
  EXPECT_EQ(receiver.requests().size(), 100U);
  EXPECT_EQ(hook().statistics().delivered, 100U);
  hook().post(change_of("late"));
  EXPECT_EQ(hook().statistics().dropped, 1U);
  EXPECT_EQ(hook().statistics().queued, 0U);
}

TEST_F(Webhook, ClosesInTimeWhateverTheReceiverDoes) {
  for (const std::string& behaviour : {test::silence, answer(503), answer(503, "Retry-After: 100\r\n")}) {
    webhook_receiver receiver(io_, [&](const received&) { return behaviour; });
    receiver.listen();
    start(receiver);
    for (int call = 0; call < 100; ++call) {
      hook().post(change_of("call" + std::to_string(call)));
    }
    ASSERT_TRUE(soon([&] { return !receiver.requests().empty(); }));
    EXPECT_TRUE(closed(50ms));
    EXPECT_EQ(hook().statistics().dropped, 100U);
    EXPECT_EQ(hook().statistics().queued, 0U);
  }
}

TEST_F(Webhook, LeavesNothingToDoBehind) {
  {
    webhook_receiver receiver(io_);
    receiver.listen();
    start(receiver);
    hook().post(change_of("abc"));
    ASSERT_TRUE(soon_delivered(1));
    ASSERT_TRUE(closed(1s));
    hook_.reset();
  }
  io_.restart();
  io_.run_for(20s);
  EXPECT_TRUE(io_.stopped()) << "something still waits";
}

TEST_F(Webhook, TakesChangesFromAnyThread) {
  constexpr int threads = 4;
  constexpr unsigned changes = 200;
  webhook_receiver receiver(io_);
  receiver.listen();
  start(receiver);
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([this, iden = "call" + std::to_string(i)] {
      for (unsigned number = 1; number <= changes; ++number) {
        hook().post(change_of(iden, number));
      }
    });
  }
  const bool delivered = soon_delivered(threads * changes);
  for (std::thread& each : all) {
    each.join();
  }
  ASSERT_TRUE(delivered);
  std::map<std::string, unsigned> last;
  for (const received& each : receiver.requests()) {
    EXPECT_EQ(std::stoul(each.member("sequence")), ++last[each.data("callId")]);
  }
}

TEST_F(Webhook, LogsALineAMinuteAndNothingOfTheUrlThatMayBeASecret) {
  webhook_receiver receiver(io_);  // refuses connections
  ::testing::internal::CaptureStderr();
  start({.url = at(receiver.url("/hunter2?token=hunter2"))});
  for (int call = 0; call < 50; ++call) {
    hook().post(change_of("call" + std::to_string(call)));
  }
  const bool tried = soon([&] { return hook().statistics().retried >= 20; });
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(tried);
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
  EXPECT_TRUE(log.contains("http://" + receiver.place() + ": connection refused")) << log;
  EXPECT_FALSE(log.contains("hunter2")) << log;
}

}  // namespace
}  // namespace c2c::webhook
