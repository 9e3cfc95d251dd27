#include "routing/fixed.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "run.hpp"

namespace c2c::routing {
namespace {

TEST(Fixed, ACompanySticksToOneServerAndHasTheOthersAsAlternatives) {
  asio::io_context io(1);
  fixed router({"a", "b", "c"});
  EXPECT_EQ(test::run(io, router.first_choice(1, steady_time::max())), servers{"b"});
  EXPECT_EQ(test::run(io, router.first_choice(1, steady_time::max())), servers{"b"});
  EXPECT_EQ(test::run(io, router.first_choice(10, steady_time::max())), servers{"a"});
  EXPECT_EQ(test::run(io, router.alternatives(1, {"b"}, steady_time::max())), (servers{"c", "a"}));
}

TEST(Fixed, HasNoAlternativeOnceAllWereTried) {
  asio::io_context io(1);
  fixed router({"a"});
  EXPECT_EQ(test::run(io, router.first_choice(7, steady_time::max())), servers{"a"});
  EXPECT_EQ(test::run(io, router.alternatives(7, {"a"}, steady_time::max())).error().code, errc::no_application_server);
}

TEST(Fixed, WithoutAHostIsABadStart) {
  EXPECT_THROW(fixed(servers{}), std::invalid_argument);
}

}  // namespace
}  // namespace c2c::routing
