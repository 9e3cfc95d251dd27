#include "metrics/process.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

namespace c2c::metrics {
namespace {

std::string text_of(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Seconds since 1970 at which the machine started; 0 where nobody says.
std::uint64_t boot_time() {
  const std::string text = text_of("/proc/stat");
  const auto line = text.find("\nbtime ");
  return line == std::string::npos ? 0 : std::stoull(text.substr(line + 7));
}

std::uint64_t open_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) {
    return 0;
  }
  std::uint64_t entries = 0;
  while (::readdir(folder) != nullptr) {  // NOLINT(concurrency-mt-unsafe): a folder of this function's own
    ++entries;
  }
  ::closedir(folder);
  return entries > 3 ? entries - 3 : 0;  // ".", "..", and the folder itself
}

}  // namespace

std::optional<process_figures> read_process_figures() {
  const std::string stat = text_of("/proc/self/stat");
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream rest(stat.substr(name_end + 1));
  std::string skipped;
  const auto skip = [&](int fields) {
    for (int i = 0; i < fields; ++i) {
      rest >> skipped;
    }
  };
  process_figures out;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  std::uint64_t started = 0;
  std::uint64_t pages = 0;
  skip(11);  // to field 14, utime
  rest >> user >> system;
  skip(4);
  rest >> out.threads;
  skip(1);
  rest >> started >> out.virtual_bytes >> pages;
  if (!rest) {
    return std::nullopt;
  }
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  out.cpu_seconds = static_cast<double>(user + system) / ticks;
  out.started = static_cast<double>(boot_time()) + static_cast<double>(started) / ticks;
  out.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  out.open_fds = open_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.max_fds = limit.rlim_cur;
  }
  return out;
}

}  // namespace c2c::metrics
