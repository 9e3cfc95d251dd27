// What the kernel knows of a process: its memory, and the CPU time of its threads to the nanosecond.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

namespace c2c::bench {

// All throw std::runtime_error where there is no such process.

std::uint64_t rss_bytes(int pid);

// Of each thread since it began, from /proc/PID/task/TID/schedstat.
using thread_times = std::map<int, std::chrono::nanoseconds>;
thread_times cpu_of(int pid);

// What all threads spent from one look to the next.
std::chrono::nanoseconds between(const thread_times& before, const thread_times& after);

}  // namespace c2c::bench
