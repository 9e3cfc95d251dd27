// The process's memory holds SIP passwords for moments and the service's own secrets for good.
#pragma once

namespace c2c::app {

// No core file, no dump through a pipe, and no other process of the same user may read the memory (prctl(2),
// PR_SET_DUMPABLE). For the whole process; does nothing where the system refuses it.
void keep_memory_private() noexcept;

}  // namespace c2c::app
