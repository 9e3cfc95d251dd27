// Places one call on one application server and answers once it is true.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "asterisk/exchange.hpp"
#include "call/board.hpp"
#include "cluster/sharing.hpp"
#include "pbx/order.hpp"

namespace c2c::call {

// Lives on the exchange's thread. `dial` may be called from any thread, everything else from that one only.
class dialler {
 public:
  struct options {
    bool confirm = true;  // false: "queued" is enough, as in the reference
    std::chrono::milliseconds confirm_timeout{2'000};
    std::chrono::milliseconds cancel_timeout{2'000};
    board::options live;
  };

  // `exchange` and `others` outlive the dialler, and no action may be under way yet. Without `others` this instance is
  // the only one.
  dialler(asio::io_context& context, asterisk::exchange& exchange, const options& chosen, peers* others = nullptr);
  ~dialler();
  dialler(const dialler&) = delete;
  dialler& operator=(const dialler&) = delete;

  // Originates the call on `server` and waits until the caller's terminal is being dialled. The same iden, owner and
  // destination again is the same call: it answers as the first does, and nothing is originated.
  // Errors: not_sent (try another server), iden_in_use, overloaded, store_unavailable; rejected, outcome_unknown,
  // timed_out, malformed (no call lives on: if one turns up later, it is hung up).
  task<result<void>> dial(std::string server, std::string owner, pbx::order order);

  // Puts a call on record that failed before it began: there is no phone to dial. Errors: iden_in_use, overloaded, and
  // those of dial() where this iden was dialled before.
  task<result<void>> refuse(std::string owner, pbx::order order);

  // What is told of the placed call of that iden and owner, till a minute after its end, whichever instance has it.
  // Errors: unknown_call, store_unavailable; so with all that follow.
  task<result<history>> look(std::string iden, std::string owner);
  // The same, and `who` is told of every change that comes after; it is let go after the last state. Errors:
  // unknown_call, overloaded (too many follow this call).
  task<result<history>> follow(std::string iden, std::string owner, std::shared_ptr<follower> who);
  // From any thread: `who` is told no more, and let go.
  void unfollow(std::string iden, std::string owner, std::shared_ptr<follower> who);
  // Hangs the call up, whatever it is about, and waits up to `cancel_timeout` for its end: what is told of it then. It
  // is hung up again and again until it is over. Errors: unknown_call.
  task<result<history>> cancel(std::string iden, std::string owner);

  // From the exchange's thread, with each change of each placed call. Set before the first call.
  void on_change(std::function<void(const live_call& call, std::size_t number)> handler) {
    board_.on_change = std::move(handler);
  }

  // Runs out of work: stops its timer. Calls that are alive stay alive.
  void stop();

  std::size_t live_calls() const noexcept { return board_.size(); }

  // Since the start, of all servers together.
  struct counts {
    std::uint64_t events = 0;
    std::uint64_t sessions = 0;  // that were made, and of those:
    std::uint64_t lost = 0;
  };
  const counts& statistics() const noexcept { return counts_; }
  // Null where this is the only instance.
  const sharing* shared() const noexcept { return sharing_.get(); }

 private:
  task<result<void>> dial_here(std::string server, std::string owner, pbx::order order);
  task<result<void>> refuse_here(std::string owner, pbx::order order);
  task<result<history>> look_here(std::string iden, std::string owner);
  task<result<history>> follow_here(std::string iden, std::string owner, std::shared_ptr<follower> who);
  task<result<history>> cancel_here(std::string iden, std::string owner);
  task<result<void>> meet(board::admitted met);
  task<result<void>> claim(std::shared_ptr<live_call> call, bool* elsewhere);
  task<result<void>> confirm_taken_over(std::shared_ptr<live_call> call);
  task<result<history>> cancel_placed(std::shared_ptr<live_call> call, steady_time deadline);
  task<result<void>> originate_fresh(std::string server, pbx::order order, std::shared_ptr<live_call> call);
  task<result<void>> confirm(std::shared_ptr<live_call> call, steady_time deadline);
  bool is_blind(const std::string& server);
  task<result<void>> join(std::shared_ptr<live_call> call);
  task<void> change_of(std::shared_ptr<live_call> call, steady_time deadline);
  void on_link(std::string_view server, asterisk::link_change change);
  void sweep();

  asio::io_context& context_;
  asterisk::exchange& exchange_;
  options options_;
  board board_;
  std::unique_ptr<sharing> sharing_;  // null: there are no other instances
  timer sweep_timer_;
  bool stopped_ = false;
  counts counts_;
  std::unordered_set<std::string> blind_;  // servers whose events this AMI user may not hear
};

}  // namespace c2c::call
