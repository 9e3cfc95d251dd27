#include "app/memory_guard.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace c2c::app {

void keep_memory_private() noexcept {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace c2c::app
