// Where the log's lines leave the process: a descriptor whose reader may be slow, stand still or go, which must not
// hold up or end who writes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace c2c::log {

// Any thread may write. A line goes out at once where the descriptor takes it, else it waits its turn for a thread,
// which there is from the first line that had to wait. SIGPIPE is to be ignored.
class outlet {
 public:
  static constexpr std::size_t most_waiting_bytes = 1'048'576;

  // `descriptor` outlives the outlet, and is left as it is: others may share it.
  explicit outlet(int descriptor);
  // What still waits has a second more.
  ~outlet();
  outlet(const outlet&) = delete;
  outlet& operator=(const outlet&) = delete;

  // With its line end. What finds no room, or no reader any more, is lost and counted.
  void write(std::string_view line);

  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  enum class kind : std::uint8_t { file, socket, other };

  // How much of it the descriptor took without a wait; all of it where nobody can read it any more.
  std::size_t try_write(std::string_view text);
  void drain();

  int descriptor_;
  kind kind_ = kind::other;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;  // the first may be a line's rest
  std::size_t waiting_bytes_ = 0;
  std::atomic<std::uint64_t> lost_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace c2c::log
