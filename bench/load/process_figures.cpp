#include "process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace c2c::bench {

std::uint64_t rss_bytes(int pid) {
  constexpr std::uint64_t kibibyte = 1024;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    std::uint64_t value = 0;
    if (word == "VmRSS:" && status >> value) {
      return value * kibibyte;
    }
  }
  throw std::runtime_error("no process " + std::to_string(pid));
}

thread_times cpu_of(int pid) {
  thread_times out;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(task.path() / "schedstat");
    if (std::int64_t ran = 0; file >> ran) {
      out[std::stoi(task.path().filename().string())] = std::chrono::nanoseconds(ran);
    }
  }
  if (out.empty()) {
    throw std::runtime_error("no process " + std::to_string(pid) + ", or a kernel without schedstat");
  }
  return out;
}

std::chrono::nanoseconds between(const thread_times& before, const thread_times& after) {
  std::chrono::nanoseconds out{};
  for (const auto& [thread, total] : after) {
    const auto known = before.find(thread);
    out += known == before.end() ? total : total - known->second;
  }
  return out;
}

}  // namespace c2c::bench
