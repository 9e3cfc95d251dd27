#include "call/dialler.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "base/ascii.hpp"
#include "call/request.hpp"

namespace c2c::call {
namespace {

constexpr std::chrono::seconds sweep_interval{1};
constexpr std::chrono::seconds ask_again_when_crowded{10};

}  // namespace

dialler::dialler(parts given, const options& chosen)
    : context_(given.context),
      pbx_(given.pbx),
      calls_(given.calls),
      others_(given.others),
      on_change_(std::move(given.on_change)),
      options_(chosen),
      sweep_timer_(given.context.get_executor()) {
  calls_.observe(*this);
  pbx_.listen(*this);
  sweep();
}

dialler::~dialler() = default;

void dialler::stop() {
  stopped_ = true;
  sweep_timer_.cancel();
}

task<result<void>> dialler::dial(std::string server, std::string owner, pbx::order order, steady_time deadline) {
  co_return co_await asio::co_spawn(
      context_.get_executor(), dial_here(std::move(server), std::move(owner), std::move(order), deadline), use_task);
}

task<result<void>> dialler::refuse(std::string owner, pbx::order order, steady_time deadline) {
  co_return co_await asio::co_spawn(context_.get_executor(), refuse_here(std::move(owner), std::move(order), deadline),
                                    use_task);
}

task<result<history>> dialler::look(std::string iden, std::string owner) {
  co_return co_await asio::co_spawn(context_.get_executor(), look_here(std::move(iden), std::move(owner)), use_task);
}

task<result<history>> dialler::follow(std::string iden, std::string owner, std::shared_ptr<follower> who) {
  co_return co_await asio::co_spawn(context_.get_executor(),
                                    follow_here(std::move(iden), std::move(owner), std::move(who)), use_task);
}

void dialler::unfollow(std::string iden, std::string owner, std::shared_ptr<follower> who) {
  asio::post(context_.get_executor(), [this, iden = std::move(iden), owner = std::move(owner), who = std::move(who)] {
    if (const auto call = calls_.find(iden, owner)) {
      calls_.unfollow(*call, who.get());
    } else if (others_ != nullptr) {
      others_->unfollow(iden, who.get());
    }
  });
}

task<result<history>> dialler::cancel(std::string iden, std::string owner) {
  co_return co_await asio::co_spawn(context_.get_executor(), cancel_here(std::move(iden), std::move(owner)), use_task);
}

// Answers for an iden that is on the board already.
task<result<void>> dialler::meet(board::admitted met, steady_time deadline) {
  switch (met.how) {
    case board::admission::fresh: break;
    case board::admission::same: co_return co_await join(std::move(met.call), deadline);
    case board::admission::conflict: co_return fail(errc::iden_in_use);
    case board::admission::withdrawn: co_return fail(errc::rejected, "the iden's last call may still be alive");
    case board::admission::full: co_return fail(errc::overloaded, "as many calls are alive as may be");
  }
  co_return result<void>();
}

task<result<dialler::claim_outcome>> dialler::claim(call_view call, steady_time deadline) {
  if (others_ == nullptr) {
    co_return claim_outcome::mine;
  }
  const auto claimed = co_await others_->claim(call, deadline);
  const steady_time now = steady_clock::now();
  if (!claimed) {
    if (call->phase() == phase::placing) {
      calls_.withdraw(*call, claimed.error(), false, now);
    }
    co_return std::unexpected(claimed.error());
  }
  switch (*claimed) {
    case shared_calls::claimed::mine: co_return claim_outcome::mine;
    case shared_calls::claimed::placed:
      if (!call->shared()) {
        calls_.release(*call, now);
      }
      co_return claim_outcome::answered;
    case shared_calls::claimed::placing: break;
  }
  const auto confirmed = co_await confirm_taken_over(std::move(call), deadline);
  co_return confirmed ? result<claim_outcome>(claim_outcome::answered) : std::unexpected(confirmed.error());
}

// The PBX knows whether the instance that died got as far as its order.
task<result<void>> dialler::confirm_taken_over(call_view call, steady_time deadline) {
  const steady_time patience = std::min(deadline, steady_clock::now() + options_.confirm_timeout);
  while (call->in_doubt() && !call->progress().over() && steady_clock::now() < patience) {
    co_await change_of(call, patience);
  }
  if (auto ours = co_await still_ours(call, deadline); !ours) {
    co_return ours;
  }
  const steady_time now = steady_clock::now();
  if (!call->in_doubt() && call->progress().exists()) {
    calls_.place(*call, now);
    co_return result<void>();
  }
  failure why(errc::rejected, "the instance that had placed the call is gone, and no channel of it is there");
  calls_.withdraw(*call, why, true, now);
  co_return std::unexpected(std::move(why));
}

// Before a call is answered: whether it is this instance's to answer. If not, it has been withdrawn.
task<result<void>> dialler::still_ours(call_view call, steady_time deadline) {
  if (others_ == nullptr || !call->shared()) {
    co_return result<void>();
  }
  if (!co_await others_->settle(deadline)) {
    calls_.withdraw(*call, {errc::outcome_unknown, "it was not known in time whose the call is"}, true,
                    steady_clock::now());
  }
  co_return call->refused() ? result<void>(std::unexpected(*call->refused())) : result<void>();
}

// Not where the iden is known: that is a retry, or another's.
std::optional<failure> dialler::crowded(const std::string& iden, const std::string& owner) const {
  const unsigned most = most_alive_;
  if (most == 0 || calls_.alive_of(owner) < most || calls_.by_key(ascii::to_lower(iden)) != nullptr) {
    return std::nullopt;
  }
  failure out(errc::throttled, "as many calls of this terminal are alive as may be");
  out.retry_after = ask_again_when_crowded;
  return out;
}

task<result<void>> dialler::refuse_here(std::string owner, pbx::order order, steady_time deadline) {
  auto met = calls_.admit({.iden = order.iden, .owner = std::move(owner), .destination = order.destination}, "",
                          longest_life(order.dial_timeout, order.max_duration), steady_clock::now());
  if (met.how != board::admission::fresh) {
    co_return co_await meet(std::move(met), deadline);
  }
  const auto call = std::move(met.call);
  const auto claimed = co_await claim(call, deadline);
  if (!claimed) {
    co_return std::unexpected(claimed.error());
  }
  if (*claimed == claim_outcome::mine) {
    calls_.refuse(*call, steady_clock::now());
  }
  co_return result<void>();
}

task<result<history>> dialler::look_here(std::string iden, std::string owner) {
  if (const auto call = calls_.find(iden, owner)) {
    co_return call->history();
  }
  if (others_ == nullptr) {
    co_return fail(errc::unknown_call);
  }
  const auto seen = co_await others_->find(std::move(iden), std::move(owner));
  if (!seen) {
    co_return std::unexpected(seen.error());
  }
  co_return seen->here ? seen->here->history() : seen->there.history;
}

task<result<history>> dialler::follow_here(std::string iden, std::string owner, std::shared_ptr<follower> who) {
  const auto call = calls_.find(iden, owner);
  if (!call) {
    co_return others_ != nullptr ? co_await others_->follow(std::move(iden), std::move(owner), std::move(who))
                                 : fail(errc::unknown_call);
  }
  if (!calls_.follow(*call, std::move(who))) {
    co_return fail(errc::overloaded, "too many follow this call");
  }
  co_return call->history();
}

task<result<history>> dialler::cancel_here(std::string iden, std::string owner) {
  const steady_time deadline = steady_clock::now() + options_.cancel_timeout;
  if (auto call = calls_.find(iden, owner)) {
    co_return co_await cancel_placed(std::move(call), deadline);
  }
  if (others_ == nullptr) {
    co_return fail(errc::unknown_call);
  }
  auto seen = co_await others_->find(std::move(iden), std::move(owner));
  if (!seen) {
    co_return std::unexpected(seen.error());
  }
  if (!seen->here) {
    if (complete(seen->there.history)) {
      co_return seen->there.history;
    }
    auto ended = co_await others_->cancel_there(seen->there, deadline);
    if (ended || ended.error().code != errc::not_found) {
      co_return ended;
    }
    auto adopted = others_->adopt(seen->there);
    if (!adopted) {
      co_return std::unexpected(adopted.error());
    }
    seen->here = std::move(*adopted);
  }
  co_return co_await cancel_placed(std::move(seen->here), deadline);
}

task<result<history>> dialler::cancel_placed(call_view call, steady_time deadline) {
  calls_.cancel(*call, steady_clock::now());
  while (!call->progress().over() && !call->hang_up_refused() && steady_clock::now() < deadline) {
    co_await change_of(call, deadline);
  }
  co_return call->hang_up_refused() ? result<history>(fail(errc::hang_up_refused)) : call->history();
}

task<result<void>> dialler::dial_here(std::string server, std::string owner, pbx::order order, steady_time deadline) {
  if (auto refused = crowded(order.iden, owner)) {
    co_return std::unexpected(std::move(*refused));
  }
  auto met = calls_.admit({.iden = order.iden, .owner = std::move(owner), .destination = order.destination}, server,
                          longest_life(order.dial_timeout, order.max_duration), steady_clock::now());
  if (met.how != board::admission::fresh) {
    co_return co_await meet(std::move(met), deadline);
  }
  const auto call = std::move(met.call);
  const auto claimed = co_await claim(call, deadline);
  if (!claimed) {
    co_return std::unexpected(claimed.error());
  }
  if (*claimed == claim_outcome::answered) {
    co_return result<void>();
  }
  auto outcome = co_await order_fresh(std::move(server), std::move(order), call, deadline);
  if (auto ours = co_await still_ours(call, deadline); !ours) {
    co_return ours;
  }
  const steady_time now = steady_clock::now();
  if (outcome) {
    calls_.place(*call, now);
  } else {
    const errc code = outcome.error().code;
    const bool never_was = code == errc::not_sent || code == errc::overloaded || code == errc::malformed;
    calls_.withdraw(*call, outcome.error(), !never_was && code != errc::rejected, now);
  }
  co_return outcome;
}

task<result<void>> dialler::order_fresh(std::string server, pbx::order order, call_view call, steady_time deadline) {
  auto sent = [this, call](std::string_view name) { calls_.sent(*call, name); };
  const steady_time confirm_by = std::min(deadline, steady_clock::now() + options_.confirm_timeout);
  // Once others may have the call it must not be ordered any more.
  const steady_time order_by = others_ != nullptr ? std::min(deadline, others_->ours_until()) : deadline;
  const auto taken = co_await pbx_.originate(server, std::move(order), order_by, std::move(sent));
  if (calls_.hears(server)) {
    lacking_.forget_deaf(server);
  }
  if (!taken || !options_.confirm || lacking_.deaf(server)) {
    co_return taken;
  }
  co_return co_await confirm(std::move(call), confirm_by);
}

task<result<void>> dialler::confirm(call_view call, steady_time deadline) {
  const progress& now = call->progress();
  for (;;) {
    if (now.caller_dialled()) {
      co_return result<void>();
    }
    if (now.over()) {
      co_return fail(errc::rejected,
                     "the call ended before the terminal was dialled: " + std::string(to_string(now.why())));
    }
    if (call->in_doubt()) {
      co_return fail(errc::outcome_unknown, "the session with the server was lost after the order");
    }
    if (call->refused()) {
      co_return std::unexpected(*call->refused());  // another instance has it
    }
    if (steady_clock::now() >= deadline) {
      break;
    }
    co_await change_of(call, deadline);
  }
  if (now.order_failed()) {
    // A duplicate id or an unknown context: there never was a channel, and one of that id would be another's.
    co_return fail(errc::rejected, "Asterisk could not originate the call");
  }
  if (now.exists()) {
    co_return result<void>();
  }
  if (calls_.hears(call->server())) {
    co_return fail(errc::timed_out, "queued, but no channel came of it");
  }
  // An order always leads to events, its own outcome at least: who hears none may not hear any.
  lacking_.note_deaf(call->server());
  co_return result<void>();
}

// A retry waits for the first attempt, which has a deadline of its own.
task<result<void>> dialler::join(call_view call, steady_time deadline) {
  while (call->phase() == phase::placing && steady_clock::now() < deadline) {
    co_await change_of(call, deadline);
  }
  if (call->phase() == phase::placed) {
    co_return result<void>();
  }
  if (call->refused()) {
    co_return std::unexpected(*call->refused());
  }
  co_return fail(errc::timed_out, "the iden's first call was not answered in time");
}

task<void> dialler::change_of(call_view call, steady_time deadline) {
  timer wake(context_.get_executor(), deadline);
  calls_.wait(*call, &wake, [&wake] { wake.cancel(); });
  co_await wake.async_wait(as_result);
  // A change has dropped it already; a deadline has not.
  calls_.stop_waiting(*call, &wake);
}

void dialler::hang_up(const live_call& call) {
  // The iden of what was never a call may be a new call's by now. If it is not, it is hung up again soon.
  const bool may_be_anothers =
      call.phase() == phase::withdrawn && call.shared() && others_ != nullptr && others_->lapsed();
  if (!may_be_anothers) {
    pbx_.hang_up(call.server(), call.channel_to_end(),
                 [this, key = call.key(), server = call.server()](bool allowed, std::string_view words) {
                   calls_.hang_up_answered(key, allowed, steady_clock::now());
                   if (!allowed) {
                     lacking_.note_hang_up_refused(server, words, steady_clock::now());
                   }
                 });
  }
}

void dialler::on_change(const live_call& call, std::size_t number) {
  if (on_change_) {
    on_change_(call, number);
  }
}

void dialler::publish(const live_call& call) {
  if (others_ != nullptr) {
    others_->publish(call);
  }
}

void dialler::unpublish(const live_call& call) {
  if (others_ != nullptr) {
    others_->unpublish(call);
  }
}

void dialler::on_event(std::string_view server, const pbx::event& event) {
  calls_.apply(server, event, steady_clock::now());
}

void dialler::on_ready(std::string_view server) {
  calls_.server_ready(server, steady_clock::now());
}

void dialler::on_lost(std::string_view server) {
  lacking_.forget_deaf(server);
  calls_.server_lost(server, steady_clock::now());
}

void dialler::sweep() {
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](boost::system::error_code ec) {
    // An expiry that was queued before stop() comes without an error.
    if (!ec && !stopped_) {
      calls_.sweep(steady_clock::now());
      sweep();
    }
  });
}

}  // namespace c2c::call
