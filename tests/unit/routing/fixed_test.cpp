#include "routing/fixed.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "run.hpp"

namespace c2c::routing {
namespace {

TEST(Fixed, ACompanySticksToOneServerAndHasTheOthersAsAlternatives) {
  asio::io_context io(1);
  fixed router({"a", "b", "c"});
  EXPECT_EQ(test::run(io, router.first_choice(1)), servers{"b"});
  EXPECT_EQ(test::run(io, router.first_choice(1)), servers{"b"});
  EXPECT_EQ(test::run(io, router.first_choice(10)), servers{"a"});
  EXPECT_EQ(test::run(io, router.alternatives(1, {"b"})), (servers{"c", "a"}));
}

TEST(Fixed, HasNoAlternativeOnceAllWereTried) {
  asio::io_context io(1);
  fixed router({"a"});
  EXPECT_EQ(test::run(io, router.first_choice(7)), servers{"a"});
  EXPECT_EQ(test::run(io, router.alternatives(7, {"a"})).error().code, errc::no_application_server);
}

TEST(Fixed, WithoutAHostIsABadStart) {
  EXPECT_THROW(fixed(servers{}), std::invalid_argument);
}

}  // namespace
}  // namespace c2c::routing
