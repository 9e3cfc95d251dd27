// Places one call on one application server and answers once it is true.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "call/board.hpp"
#include "call/follower.hpp"
#include "call/history.hpp"
#include "call/lacking_rights.hpp"
#include "call/shared_calls.hpp"
#include "net/asio.hpp"
#include "pbx/order.hpp"
#include "pbx/port.hpp"

namespace c2c::call {

// Lives on the exchange's thread. `dial`, `refuse`, `look`, `follow`, `unfollow` and `cancel` may be called from any
// thread, everything else from that one only.
class dialler final : private board_observer, private pbx::listener {
 public:
  struct options {
    bool confirm = true;  // false: that the order was taken is enough, as in the reference
    std::chrono::milliseconds confirm_timeout{2'000};
    std::chrono::milliseconds cancel_timeout{2'000};
  };
  // Called from the exchange's thread, with each change of each placed call.
  using change_handler = std::function<void(const live_call& call, std::size_t number)>;

  // All of them outlive the dialler, and nothing was ordered yet. `others` is null where this is the only instance.
  struct parts {
    asio::io_context& context;
    pbx::port& pbx;
    board& calls;
    shared_calls* others = nullptr;
    change_handler on_change;  // may be empty
  };
  dialler(parts given, const options& chosen);
  ~dialler() override;
  dialler(const dialler&) = delete;
  dialler& operator=(const dialler&) = delete;

  // Orders the call from `server` and waits until the caller's terminal is being dialled, until `deadline` at most. The
  // same iden, owner and destination again is the same call: it answers as the first does, and nothing is ordered.
  // Errors: not_sent (try another server), iden_in_use, throttled (see allow_alive), overloaded, store_unavailable;
  // rejected, outcome_unknown, timed_out, malformed (no call lives on: if one turns up later, it is hung up).
  task<result<void>> dial(std::string server, std::string owner, pbx::order order, steady_time deadline);

  // Puts a call on record that failed before it began: there is no phone to dial. Errors: iden_in_use, overloaded, and
  // those of dial() where this iden was dialled before.
  task<result<void>> refuse(std::string owner, pbx::order order, steady_time deadline);

  // What is told of the placed call of that iden and owner, till a minute after its end, whichever instance has it.
  // Errors: unknown_call, store_unavailable; so with all that follow.
  task<result<history>> look(std::string iden, std::string owner);
  // The same, and `who` is told of every change that comes after; it is let go after the last state. Errors:
  // unknown_call, overloaded (too many follow this call).
  task<result<history>> follow(std::string iden, std::string owner, std::shared_ptr<follower> who);
  // `who` is told no more, and let go.
  void unfollow(std::string iden, std::string owner, std::shared_ptr<follower> who);
  // Hangs the call up, whatever it is about, and waits up to `cancel_timeout` for its end: what is told of it then. It
  // is hung up again and again until it is over. Errors: unknown_call, hang_up_refused (the server does not let us; it
  // is asked again all the same).
  task<result<history>> cancel(std::string iden, std::string owner);

  // From now on so many calls of one owner may be alive on this instance; 0: any number. From any thread.
  void allow_alive(unsigned most_of_owner) noexcept { most_alive_ = most_of_owner; }

  // Runs out of work: stops its timer. Calls that are alive stay alive.
  void stop();

  std::size_t live_calls() const noexcept { return calls_.size(); }

 private:
  task<result<void>> dial_here(std::string server, std::string owner, pbx::order order, steady_time deadline);
  task<result<void>> refuse_here(std::string owner, pbx::order order, steady_time deadline);
  task<result<history>> look_here(std::string iden, std::string owner);
  task<result<history>> follow_here(std::string iden, std::string owner, std::shared_ptr<follower> who);
  task<result<history>> cancel_here(std::string iden, std::string owner);
  task<result<void>> meet(board::admitted met, steady_time deadline);
  // Whose call it is, once other instances were asked: this one's to order, or one that is answered for already.
  enum class claim_outcome : std::uint8_t { mine, answered };
  task<result<claim_outcome>> claim(call_view call, steady_time deadline);
  task<result<void>> still_ours(call_view call, steady_time deadline);
  task<result<void>> confirm_taken_over(call_view call, steady_time deadline);
  task<result<history>> cancel_placed(call_view call, steady_time deadline);
  task<result<void>> order_fresh(std::string server, pbx::order order, call_view call, steady_time deadline);
  task<result<void>> confirm(call_view call, steady_time deadline);
  std::optional<failure> crowded(const std::string& iden, const std::string& owner) const;
  task<result<void>> join(call_view call, steady_time deadline);
  task<void> change_of(call_view call, steady_time deadline);
  void sweep();

  void hang_up(const live_call& call) override;
  void list_channels(const std::string& server) override { pbx_.list_channels(server); }
  void hold(const std::string& server) override { pbx_.hold(server); }
  void release(const std::string& server) override { pbx_.release(server); }
  void on_change(const live_call& call, std::size_t number) override;
  void publish(const live_call& call) override;
  void unpublish(const live_call& call) override;

  void on_event(std::string_view server, const pbx::event& event) override;
  void on_ready(std::string_view server) override;
  void on_lost(std::string_view server) override;

  asio::io_context& context_;
  pbx::port& pbx_;
  board& calls_;
  shared_calls* others_;
  change_handler on_change_;
  options options_;
  timer sweep_timer_;
  bool stopped_ = false;
  std::atomic<unsigned> most_alive_ = 0;
  lacking_rights lacking_;
};

}  // namespace c2c::call
