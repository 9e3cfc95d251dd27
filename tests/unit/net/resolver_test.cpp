#include "net/resolver.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include "support/run_task.hpp"

namespace c2c::net {
namespace {

using namespace std::chrono_literals;

const asio::ip::address first = asio::ip::make_address("192.0.2.1");
const asio::ip::address second = asio::ip::make_address("192.0.2.2");

steady_time in_a_while() {
  return steady_clock::now() + 20s;
}

// A name server: says what it was told to, and nothing of a name that it holds back.
class name_server {
 public:
  result<addresses> look_up(const std::string& host) {
    std::unique_lock lock(mutex_);
    ++asked_[host];
    changed_.notify_all();
    changed_.wait(lock, [&] { return held_ != host; });
    if (down_) {
      return fail(errc::unavailable, "the name server is down");
    }
    return addresses{answer_};
  }
  void hold(const std::string& host) {
    const std::scoped_lock lock(mutex_);
    held_ = host;
    changed_.notify_all();
  }
  void wait_asked(const std::string& host) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_[host] > 0; });
  }
  int asked(const std::string& host) {
    const std::scoped_lock lock(mutex_);
    return asked_[host];
  }
  void say(const asio::ip::address& answer) {
    const std::scoped_lock lock(mutex_);
    answer_ = answer;
  }
  void go_down() {
    const std::scoped_lock lock(mutex_);
    down_ = true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> asked_;
  std::string held_;
  asio::ip::address answer_ = first;
  bool down_ = false;
};

class Resolver : public ::testing::Test {
 protected:
  ~Resolver() override { server->hold(""); }

  result<addresses> find_with(net::resolver& with, std::string host, steady_time by = in_a_while()) {
    timer end(io.get_executor(), by);
    return test::run_task(io, find_addresses(&with, std::move(host), &end));
  }
  result<addresses> find(std::string host, steady_time by = in_a_while()) {
    return find_with(resolver, std::move(host), by);
  }

  asio::io_context io{1};
  std::shared_ptr<name_server> server = std::make_shared<name_server>();
  net::resolver resolver{[at = server](const std::string& host) { return at->look_up(host); }};
};

TEST_F(Resolver, AnAddressIsItsOwnAndNobodyIsAsked) {
  EXPECT_EQ(find("127.0.0.1").value(), addresses{asio::ip::make_address("127.0.0.1")});
  EXPECT_EQ(find("::1").value(), addresses{asio::ip::make_address("::1")});
  EXPECT_EQ(server->asked("127.0.0.1") + server->asked("::1"), 0);
}

TEST_F(Resolver, AnAnswerIsUsedAgainUntilItIsDoubted) {
  EXPECT_EQ(find("pbx").value(), addresses{first});
  server->say(second);
  EXPECT_EQ(find("pbx").value(), addresses{first});
  resolver.doubt("pbx");
  EXPECT_EQ(find("pbx").value(), addresses{second});
  EXPECT_EQ(server->asked("pbx"), 2);
}

TEST_F(Resolver, OneLookUpServesEverybodyWhoAsksMeanwhile) {
  server->hold("pbx");
  int answered = 0;
  std::vector<std::shared_ptr<net::resolver::inquiry>> asking;
  for (int i = 0; i < 3; ++i) {
    asking.push_back(resolver.ask("pbx", io.get_executor(), [&](const result<addresses>& found) {
      EXPECT_EQ(found.value(), addresses{first});
      ++answered;
    }));
  }
  const auto busy = asio::make_work_guard(io);
  server->hold("");
  while (answered < 3) {
    io.run_one();
  }
  EXPECT_EQ(server->asked("pbx"), 1);
}

TEST_F(Resolver, ASlowNameHoldsUpNoOther) {
  server->hold("slow");
  const auto asking = resolver.ask("slow", io.get_executor(), [](const result<addresses>&) { ADD_FAILURE(); });
  server->wait_asked("slow");
  EXPECT_TRUE(find("quick"));
}

TEST_F(Resolver, NobodyWaitsBeyondTheirDeadline) {
  server->hold("slow");
  const auto found = find("slow", steady_clock::now() + 10ms);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::timed_out);
}

TEST_F(Resolver, WhoHasGoneAwayIsNotCalled) {
  server->hold("slow");
  auto asking = resolver.ask("slow", io.get_executor(), [](const result<addresses>&) { ADD_FAILURE(); });
  server->wait_asked("slow");
  asking.reset();
  server->hold("");
  EXPECT_TRUE(find("slow"));  // behind the answer
  io.restart();
  io.poll();
}

TEST_F(Resolver, ANameServerThatIsDownTakesNoAddressAway) {
  EXPECT_TRUE(find("pbx"));
  server->go_down();
  resolver.doubt("pbx");
  EXPECT_EQ(find("pbx").value(), addresses{first});
  const auto unknown = find("never seen");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, errc::unavailable);
}

TEST_F(Resolver, ALookUpThatThrowsIsAnAnswerToo) {
  net::resolver broken([](const std::string&) -> result<addresses> { throw std::runtime_error("out of luck"); });
  const auto found = find_with(broken, "pbx");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::unavailable);
}

TEST_F(Resolver, ItsEndWaitsForNoLookUp) {
  server->hold("slow");
  auto ending = std::make_unique<net::resolver>([at = server](const std::string& host) { return at->look_up(host); });
  auto asking = ending->ask("slow", io.get_executor(), [](const result<addresses>&) { ADD_FAILURE(); });
  server->wait_asked("slow");
  asking.reset();
  ending.reset();
}

TEST_F(Resolver, TheSystemKnowsThisMachine) {
  const auto found = find_with(net::resolver::system(), "localhost");
  ASSERT_TRUE(found) << found.error().detail;
  for (const asio::ip::address& each : *found) {
    EXPECT_TRUE(each.is_loopback()) << each;
  }
  EXPECT_FALSE(find_with(net::resolver::system(), std::string(64, 'x')));
}

}  // namespace
}  // namespace c2c::net
