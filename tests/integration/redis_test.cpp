// Claims on a real Redis.
#include <chrono>
#include <cstdlib>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "net/spawn.hpp"
#include "nonces/redis_store.hpp"
#include "redis/client.hpp"
#include "support/run_task.hpp"

namespace c2c::nonces {
namespace {

using namespace std::chrono_literals;

class RedisIntegration : public testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("LAB_REDIS");  // NOLINT(concurrency-mt-unsafe): one thread
    if (url == nullptr) {
      GTEST_SKIP() << "LAB_REDIS is not set: start the lab (scripts/lab up --full) to run the tests on a real Redis";
    }
    options_.link.server = redis::parse_url(url).value();
  }

  redis_store& store() {
    if (!made_) {
      made_.emplace(context_, redis::connector_to(options_));
    }
    return *made_;
  }

  std::string claim(key what, std::chrono::seconds life = 30s) {
    const auto until = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()) + life;
    const auto got = test::run_task(context_, store().claim(what, until));
    return got ? "claimed" : std::string(to_string(got.error().code));
  }

  static key fresh() {
    std::random_device random;
    return (key{random()} << 32U) | random();
  }

  asio::io_context context_{1};
  redis::options options_;
  std::optional<redis_store> made_;
};

TEST_F(RedisIntegration, AKeyIsClaimedOnce) {
  const key mine = fresh();
  EXPECT_EQ(claim(mine), "claimed");
  EXPECT_EQ(claim(mine), "invalid_nonce");
  EXPECT_EQ(claim(fresh()), "claimed");
}

TEST_F(RedisIntegration, AnErrorOfOurOwnCostsTheSessionAndAnotherIsMade) {
  int ups = 0;
  options_.link.on_up = [&ups] {
    if (++ups == 1) {
      throw std::runtime_error("a bug");
    }
  };
  const std::uint64_t before = net::unexpected_count();
  store();
  while (ups < 2) {
    context_.run_one();
  }
  EXPECT_EQ(net::unexpected_count(), before + 1);
  EXPECT_EQ(claim(fresh()), "claimed");
}

TEST_F(RedisIntegration, AnotherInstanceSeesTheClaim) {
  const key mine = fresh();
  EXPECT_EQ(claim(mine), "claimed");
  made_.reset();
  EXPECT_EQ(claim(mine), "invalid_nonce");
}

TEST_F(RedisIntegration, OfManyRacingClaimsOneSucceeds) {
  const key mine = fresh();
  const auto until = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()) + 30s;
  redis_store other(context_, redis::connector_to(options_));
  int claimed = 0;
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    redis_store& one = i % 2 == 0 ? store() : other;
    asio::co_spawn(context_, one.claim(mine, until), [&](const std::exception_ptr&, const result<void>& got) {
      ++done;
      claimed += got ? 1 : 0;
    });
  }
  while (done < 100) {
    context_.run_one();
  }
  EXPECT_EQ(claimed, 1);
}

TEST_F(RedisIntegration, AnExpiredKeyIsNotAskedFor) {
  EXPECT_EQ(claim(fresh(), -30s), "invalid_nonce");
}

TEST_F(RedisIntegration, ADatabaseThatIsNotThereIsSaid) {
  options_.link.server.database = 9'999;
  const auto got = test::run_task(
      context_,
      store().claim(fresh(), std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()) + 30s));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::store_unavailable);
  EXPECT_TRUE(got.error().detail.starts_with("database refused:")) << got.error().detail;
}

TEST_F(RedisIntegration, WhereNobodyListensItIsUnavailableAtOnceAfterTheFirstTry) {
  options_.link.server.server.port = 1;
  EXPECT_EQ(claim(fresh()), "claims_unavailable");
  EXPECT_EQ(claim(fresh()), "claims_unavailable");
}

}  // namespace
}  // namespace c2c::nonces
