#include "app/memory_guard.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace c2c::app {
namespace {

// In a process of its own: the leak checker could not look into this one any more.
TEST(MemoryGuardDeathTest, LeavesNothingToDump) {
  EXPECT_EXIT(
      {
        keep_memory_private();
        rlimit core{};
        const bool no_file = ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
        const bool no_dump = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
        ::_exit(no_file && no_dump ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace c2c::app
