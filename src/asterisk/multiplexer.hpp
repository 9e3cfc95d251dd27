// Many actions on one AMI session at once: written together, answered in any order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "asterisk/action.hpp"
#include "asterisk/message.hpp"
#include "asterisk/response.hpp"
#include "base/errc.hpp"
#include "base/time.hpp"

namespace c2c::asterisk {

// Where ActionIDs come from: a random prefix for the process and a number, so that none is ever given twice and another
// client's never looks like ours. Shared by the sessions of one thread.
class action_ids {
 public:
  explicit action_ids(std::string prefix) : prefix_(std::move(prefix)) {}

  std::uint64_t next() noexcept { return ++last_; }
  std::string text(std::uint64_t serial) const { return prefix_ + std::to_string(serial); }
  // The number in an ActionID that is spelt exactly as `text` spells it; nothing for any other.
  std::optional<std::uint64_t> serial(std::string_view id) const noexcept;

 private:
  std::string prefix_;
  std::uint64_t last_ = 0;
};

struct multiplexer_limits {
  // Written and not answered; the others wait here. A healthy Asterisk answers in 0.3 ms, so it never fills; one that
  // has stopped reading is handed no more than this to carry out when it wakes, and the rest may go to another server.
  std::size_t max_unanswered = 64;
  std::size_t max_pending_actions = 4'096;        // the abandoned ones that are still remembered among them
  std::chrono::milliseconds marker_life{10'000};  // how long an abandoned action is remembered
};

// Pure: knows no socket and no clock. An action is, stage by stage,
//   waiting   its bytes are kept here,
//   staged    they are in the buffer that is being written,
//   written   the kernel has all of them,
//   done      its completion has been called, and it is forgotten.
// An action whose deadline passes after it was staged is abandoned: it completes as timed_out and stays as a marker, so
// that its late response is known for what it is and the session lives on.
//
// Completions are called from within members; they may submit, they may not destroy the multiplexer.
class multiplexer {
 public:
  // `ids` must outlive the multiplexer.
  multiplexer(action_ids& ids, multiplexer_limits limits) : ids_(ids), limits_(limits) {}

  // `done` is called exactly once: with the response, or with malformed, overloaded, not_sent (no byte of the action
  // reached the kernel), outcome_unknown (some did, and the session was lost, or the response is none of Success,
  // Goodbye and Error), timed_out. `on_written` may be empty; an action that was staged and whose write never began is
  // not_sent although `on_written` was called.
  void submit(const action& request, steady_time now, steady_time deadline, written_handler on_written,
              completion done);

  // Bytes of the session's own (log-in, Ping) that go ahead of every waiting action. Not answered through here.
  void control(std::string_view bytes) { control_.append(bytes); }

  // From here on waiting actions may be staged; before it only control bytes are.
  void open() noexcept { open_ = true; }

  // What is to be written next: what is left of the buffer, or all that waits, may go and is not overdue, in the order
  // of submission, in one piece. Empty when there is nothing. Valid until `wrote` or `prepare_write` is called.
  std::string_view prepare_write(steady_time now);
  // How many of these bytes the kernel took.
  void wrote(std::size_t bytes);

  // What a response was for. A response to an action that was never staged is a stranger.
  enum class match : std::uint8_t { completed, late, stranger };
  match respond(const message& response, steady_time now);

  // Completes what is overdue. After it `stuck` says whether the session answers nothing at all any more.
  void expire(steady_time now);
  // An abandoned action was forgotten, and nothing whatever has been answered since it was submitted.
  bool stuck() const noexcept { return stuck_; }
  std::optional<steady_time> next_deadline() const;

  // The session is gone: waiting actions, and staged ones that the kernel took no byte of, are not_sent, the others
  // outcome_unknown. So is, as not_sent, every later one.
  void lose(const std::string& why);

  // Actions remembered, markers included.
  std::size_t size() const noexcept { return entries_.size(); }
  // Actions whose completion has not been called.
  std::size_t pending() const noexcept { return entries_.size() - markers_; }

 private:
  enum class stage : std::uint8_t { waiting, staged, written };

  struct entry {
    stage at = stage::waiting;
    bool abandoned = false;
    std::string id;
    std::string bytes;  // while waiting
    steady_time submitted;
    steady_time deadline;
    std::uint64_t begin = 0;  // place in the stream, from staged on
    std::uint64_t end = 0;
    written_handler on_written;
    completion done;
  };
  using table = std::map<std::uint64_t, entry>;

  void stage_waiting(steady_time now);
  completion take(table::iterator which);

  action_ids& ids_;
  multiplexer_limits limits_;
  table entries_;  // by serial number, which is the order of submission
  std::set<std::pair<steady_time, std::uint64_t>> deadlines_;
  std::deque<std::uint64_t> waiting_;
  std::deque<std::uint64_t> staged_;
  std::string control_;
  std::string buffer_;        // being written
  std::size_t sent_ = 0;      // of the buffer
  std::uint64_t before_ = 0;  // bytes written before the buffer
  std::size_t markers_ = 0;
  std::size_t unanswered_ = 0;  // staged and written, markers among them
  steady_time last_response_{};
  bool open_ = false;
  bool stuck_ = false;
  std::optional<std::string> lost_;
};

}  // namespace c2c::asterisk
