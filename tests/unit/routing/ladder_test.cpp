#include "routing/ladder.hpp"

#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "run.hpp"

namespace c2c::routing {
namespace {

using std::chrono::milliseconds;

// What a source says, and how often it was asked. Where `hold` is set it waits for that first.
struct said {
  result<servers> answer = servers{};
  int asked = 0;
  std::shared_ptr<timer> hold;
  bool throws = false;
};

class told_source final : public source {
 public:
  told_source(std::string_view name, std::shared_ptr<said> what) : name_(name), what_(std::move(what)) {}
  std::string_view name() const noexcept override { return name_; }
  task<result<servers>> find(std::uint64_t /*company_id*/) override {
    ++what_->asked;
    if (what_->hold) {
      co_await what_->hold->async_wait(as_result);
    }
    if (what_->throws) {
      throw std::runtime_error("a bug");
    }
    co_return what_->answer;
  }

 private:
  std::string_view name_;
  std::shared_ptr<said> what_;
};

class Ladder : public testing::Test {
 protected:
  Ladder() {
    htable->answer = servers{"as1"};
    dispatcher->answer = servers{"as2", "as1", "as3"};
    database->answer = servers{"as3", "as4"};
  }

  std::unique_ptr<ladder> make() {
    std::vector<std::unique_ptr<source>> sources;
    sources.push_back(std::make_unique<told_source>("htable", htable));
    sources.push_back(std::make_unique<told_source>("dispatcher", dispatcher));
    sources.push_back(std::make_unique<told_source>("database", database));
    ladder_options options;
    options.max_companies = 100;
    options.now = [this] { return now; };
    return std::make_unique<ladder>(io.get_executor(), std::move(sources), std::move(options));
  }

  result<servers> first(std::uint64_t company = 1) {
    return test::run(io, router->first_choice(company, steady_time::max()));
  }
  std::shared_ptr<timer> held() { return std::make_shared<timer>(io, steady_time::max()); }

  asio::io_context io{1};
  steady_time now{std::chrono::hours(100)};
  std::shared_ptr<said> htable = std::make_shared<said>();
  std::shared_ptr<said> dispatcher = std::make_shared<said>();
  std::shared_ptr<said> database = std::make_shared<said>();
  std::unique_ptr<ladder> router = make();
};

TEST_F(Ladder, AsksThePreferredSourceOnly) {
  EXPECT_EQ(first(), servers{"as1"});
  EXPECT_EQ(dispatcher->asked, 0);
}

TEST_F(Ladder, AnAnswerIsGoodForTwoSeconds) {
  EXPECT_TRUE(first());
  now += milliseconds(1999);
  htable->answer = servers{"as9"};
  EXPECT_EQ(first(), servers{"as1"});
  EXPECT_EQ(htable->asked, 1);
  now += milliseconds(1);
  EXPECT_EQ(first(), servers{"as9"});
  EXPECT_EQ(htable->asked, 2);
}

TEST_F(Ladder, AnAnswerIsTheCompanysOwn) {
  EXPECT_TRUE(first(1));
  EXPECT_TRUE(first(2));
  EXPECT_EQ(htable->asked, 2);
}

TEST_F(Ladder, GoesDownTheSourcesInOrder) {
  htable->answer = fail(errc::not_found);
  EXPECT_EQ(first(1), (servers{"as2", "as1", "as3"}));
  dispatcher->answer = fail(errc::malformed);
  EXPECT_EQ(first(2), (servers{"as3", "as4"}));
}

TEST_F(Ladder, AnEmptyAnswerIsNone) {
  htable->answer = servers{};
  EXPECT_EQ(first(), (servers{"as2", "as1", "as3"}));
}

TEST_F(Ladder, SaysWhatEverySourceSaidWhereNoneKnows) {
  htable->answer = fail(errc::not_found);
  dispatcher->answer = fail(errc::timed_out, "2 s");
  database->answer = fail(errc::unavailable, "refused");
  const auto none = first();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::no_application_server);
  EXPECT_EQ(none.error().detail, "htable: not_found; dispatcher: timed_out (2 s); database: unavailable (refused)");
}

TEST_F(Ladder, WhileKamailioIsDownTheLastAnswerCountsForAnHour) {
  EXPECT_TRUE(first());
  htable->answer = fail(errc::unavailable);
  now += std::chrono::minutes(59);
  EXPECT_EQ(first(), servers{"as1"});
  EXPECT_EQ(dispatcher->asked, 0);
  now += std::chrono::minutes(1);
  EXPECT_EQ(first(), (servers{"as2", "as1", "as3"}));
}

TEST_F(Ladder, ADeadKamailioIsAskedOnceInTwoSecondsForACompany) {
  EXPECT_TRUE(first());
  htable->answer = fail(errc::timed_out);
  now += std::chrono::minutes(1);
  EXPECT_TRUE(first());
  EXPECT_TRUE(first());
  EXPECT_EQ(htable->asked, 2);
  now += std::chrono::seconds(2);
  EXPECT_TRUE(first());
  EXPECT_EQ(htable->asked, 3);
}

TEST_F(Ladder, AForgottenCompanyIsNotGivenItsOldServer) {
  EXPECT_TRUE(first());
  htable->answer = fail(errc::not_found);
  now += std::chrono::seconds(3);
  EXPECT_EQ(first(), (servers{"as2", "as1", "as3"}));
}

TEST_F(Ladder, LookUpsOfOneCompanyAtOnceAreOne) {
  htable->hold = held();
  const auto one = test::start(io, router->first_choice(1, steady_time::max()));
  const auto two = test::start(io, router->first_choice(1, steady_time::max()));
  const auto other = test::start(io, router->first_choice(2, steady_time::max()));
  io.poll();
  EXPECT_EQ(htable->asked, 2);
  htable->hold->cancel();
  EXPECT_EQ(test::await(io, one), servers{"as1"});
  EXPECT_EQ(test::await(io, two), servers{"as1"});
  EXPECT_EQ(test::await(io, other), servers{"as1"});
}

TEST_F(Ladder, NobodyWaitsBeyondTheirDeadline) {
  htable->hold = held();
  dispatcher->hold = held();
  const auto in_a_moment = [] { return steady_clock::now() + std::chrono::milliseconds(10); };
  EXPECT_EQ(test::run(io, router->first_choice(1, in_a_moment())).error().code, errc::no_application_server);
  EXPECT_EQ(test::run(io, router->alternatives(1, {}, in_a_moment())).error().code, errc::no_application_server);
}

TEST_F(Ladder, AWaiterThatGoesAwayTakesNobodyAlong) {
  htable->hold = held();
  asio::cancellation_signal cancel;
  asio::co_spawn(io, router->first_choice(1, steady_time::max()),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  const auto stays = test::start(io, router->first_choice(1, steady_time::max()));
  io.poll();
  cancel.emit(asio::cancellation_type::terminal);
  io.poll();
  EXPECT_FALSE(stays->has_value());
  htable->hold->cancel();
  EXPECT_EQ(test::await(io, stays), servers{"as1"});
  EXPECT_EQ(htable->asked, 1);
}

TEST_F(Ladder, MayBeDestroyedWhileALookUpIsUnderWay) {
  htable->hold = held();
  const auto waits = test::start(io, router->first_choice(1, steady_time::max()));
  io.poll();
  router.reset();
  htable->hold->cancel();
  EXPECT_EQ(test::await(io, waits), servers{"as1"});
}

TEST_F(Ladder, AContextThatEndsTakesLookUpsAlong) {
  htable->hold = held();
  const auto waits = test::start(io, router->first_choice(1, steady_time::max()));
  io.poll();
  EXPECT_FALSE(waits->has_value());
}

TEST_F(Ladder, ASourceThatThrowsKeepsNobodyWaitingAndTheNextLookUpBeginsAnew) {
  htable->throws = true;
  EXPECT_FALSE(first());
  htable->throws = false;
  EXPECT_EQ(first(), servers{"as1"});
}

TEST_F(Ladder, RemembersABoundedNumberOfCompanies) {
  for (std::uint64_t company = 1; company <= 101; ++company) {
    EXPECT_TRUE(first(company));
  }
  const int asked = htable->asked;
  EXPECT_TRUE(first(101));
  EXPECT_EQ(htable->asked, asked);
  EXPECT_TRUE(first(1));
  EXPECT_EQ(htable->asked, asked + 1);
}

TEST_F(Ladder, AlternativesAreMergedInOrderWithoutTheTriedOnes) {
  EXPECT_EQ(test::run(io, router->alternatives(1, {"as1"}, steady_time::max())), (servers{"as2", "as3", "as4"}));
  EXPECT_EQ(htable->asked, 0);
}

TEST_F(Ladder, AlternativesDoWithoutASourceThatFails) {
  dispatcher->answer = fail(errc::unavailable);
  EXPECT_EQ(test::run(io, router->alternatives(1, {"as3"}, steady_time::max())), servers{"as4"});
  const auto none = test::run(io, router->alternatives(1, {"as3", "as4"}, steady_time::max()));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::no_application_server);
  EXPECT_EQ(none.error().detail, "dispatcher: unavailable");
}

TEST_F(Ladder, WithoutASourceIsABadStart) {
  EXPECT_THROW(ladder(io.get_executor(), {}), std::invalid_argument);
}

}  // namespace
}  // namespace c2c::routing
