#include "call/dialler.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "asterisk/originate.hpp"
#include "call/request.hpp"
#include "log/log.hpp"

namespace c2c::call {
namespace {

constexpr std::chrono::seconds sweep_interval{1};
// A retry waits for the first attempt at most so long; the first has its own deadlines, all shorter.
constexpr std::chrono::seconds join_timeout{10};
}  // namespace

dialler::dialler(asio::io_context& context, asterisk::exchange& exchange, const options& chosen, peers* others)
    : context_(context),
      exchange_(exchange),
      options_(chosen),
      board_(chosen.live),
      sweep_timer_(context.get_executor()) {
  board_.on_unwanted = [this](const std::string& server, const std::string& channel) {
    exchange_.send(server, asterisk::hang_up(channel));
  };
  board_.on_list_wanted = [this](const std::string& server) {
    exchange_.send(server, asterisk::action("CoreShowChannels"));
  };
  if (others != nullptr) {
    sharing_ = std::make_unique<sharing>(context, board_, *others,
                                         [this](const std::string& server) { exchange_.connect(server); });
  }
  exchange_.on_event([this](std::string_view server, const asterisk::message& event) {
    ++counts_.events;
    board_.apply(server, event, steady_clock::now());
  });
  exchange_.on_link([this](std::string_view server, asterisk::link_change change) { on_link(server, change); });
  sweep();
}

dialler::~dialler() = default;

task<result<void>> dialler::dial(std::string server, std::string owner, pbx::order order) {
  co_return co_await asio::co_spawn(context_.get_executor(),
                                    dial_here(std::move(server), std::move(owner), std::move(order)), use_task);
}

void dialler::stop() {
  stopped_ = true;
  sweep_timer_.cancel();
  if (sharing_) {
    sharing_->stop();
  }
}

task<result<void>> dialler::refuse(std::string owner, pbx::order order) {
  co_return co_await asio::co_spawn(context_.get_executor(), refuse_here(std::move(owner), std::move(order)), use_task);
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
    if (const auto call = board_.find(iden, owner)) {
      board::unfollow(*call, who.get());
    } else if (sharing_) {
      sharing_->unfollow(iden, who.get());
    }
  });
}

task<result<history>> dialler::cancel(std::string iden, std::string owner) {
  co_return co_await asio::co_spawn(context_.get_executor(), cancel_here(std::move(iden), std::move(owner)), use_task);
}

// Answers for an iden that is on the board already.
task<result<void>> dialler::meet(board::admitted met) {
  switch (met.what) {
    case board::admission::fresh: break;
    case board::admission::same: co_return co_await join(std::move(met.call));
    case board::admission::conflict: co_return fail(errc::iden_in_use);
    case board::admission::withdrawn: co_return fail(errc::rejected, "the iden's last call may still be alive");
    case board::admission::full: co_return fail(errc::overloaded, "as many calls are alive as may be");
  }
  co_return result<void>();
}

// Makes sure that no other instance has the call. Afterwards it is this one's own, or `elsewhere` and answered for.
task<result<void>> dialler::claim(std::shared_ptr<live_call> call, bool* elsewhere) {
  if (!sharing_) {
    co_return result<void>();
  }
  const auto claimed = co_await sharing_->claim(call);
  *elsewhere = !claimed || *claimed != sharing::claimed::mine;
  if (!claimed) {
    if (call->phase == phase::placing) {
      board_.withdraw(*call, claimed.error(), false, steady_clock::now());
    }
    co_return std::unexpected(claimed.error());
  }
  if (*claimed == sharing::claimed::placing) {
    co_return co_await confirm_taken_over(std::move(call));
  }
  if (*claimed == sharing::claimed::placed && !call->shared) {
    board_.release(*call);
  }
  co_return result<void>();
}

// Asterisk knows whether the instance that died got as far as its Originate.
task<result<void>> dialler::confirm_taken_over(std::shared_ptr<live_call> call) {
  const steady_time deadline = steady_clock::now() + options_.confirm_timeout;
  while (call->doubtful && !call->progress.over() && steady_clock::now() < deadline) {
    co_await change_of(call, deadline);
  }
  const steady_time now = steady_clock::now();
  if (!call->doubtful && call->progress.exists()) {
    board_.place(*call, std::chrono::floor<std::chrono::milliseconds>(call->live_until - now), now);
    co_return result<void>();
  }
  failure why(errc::rejected, "the instance that had placed the call is gone, and no channel of it is there");
  board_.withdraw(*call, why, true, now);
  co_return std::unexpected(std::move(why));
}

task<result<void>> dialler::refuse_here(std::string owner, pbx::order order) {
  auto met = board_.admit(order.iden, owner, order.destination, "");
  if (met.what != board::admission::fresh) {
    co_return co_await meet(std::move(met));
  }
  const auto call = std::move(met.call);
  bool elsewhere = false;
  const auto claimed = co_await claim(call, &elsewhere);
  if (claimed && !elsewhere) {
    board_.refuse(*call, steady_clock::now());
  }
  co_return claimed;
}

task<result<history>> dialler::look_here(std::string iden, std::string owner) {
  if (const auto call = board_.find(iden, owner)) {
    co_return call->told;
  }
  if (!sharing_) {
    co_return fail(errc::unknown_call);
  }
  const auto seen = co_await sharing_->find(std::move(iden), std::move(owner));
  if (!seen) {
    co_return std::unexpected(seen.error());
  }
  co_return seen->here ? seen->here->told : seen->there.told;
}

task<result<history>> dialler::follow_here(std::string iden, std::string owner, std::shared_ptr<follower> who) {
  const auto call = board_.find(iden, owner);
  if (!call) {
    co_return sharing_ ? co_await sharing_->follow(std::move(iden), std::move(owner), std::move(who))
                       : fail(errc::unknown_call);
  }
  if (!board_.follow(*call, std::move(who))) {
    co_return fail(errc::overloaded, "too many follow this call");
  }
  co_return call->told;
}

task<result<history>> dialler::cancel_here(std::string iden, std::string owner) {
  const steady_time deadline = steady_clock::now() + options_.cancel_timeout;
  if (auto call = board_.find(iden, owner)) {
    co_return co_await cancel_placed(std::move(call), deadline);
  }
  if (!sharing_) {
    co_return fail(errc::unknown_call);
  }
  auto seen = co_await sharing_->find(std::move(iden), std::move(owner));
  if (!seen) {
    co_return std::unexpected(seen.error());
  }
  if (!seen->here) {
    if (complete(seen->there.told)) {
      co_return seen->there.told;
    }
    auto ended = co_await sharing_->cancel_there(seen->there, deadline);
    if (ended || ended.error().code != errc::not_found) {
      co_return ended;
    }
    auto adopted = sharing_->adopt(seen->there);
    if (!adopted) {
      co_return std::unexpected(adopted.error());
    }
    seen->here = std::move(*adopted);
  }
  co_return co_await cancel_placed(std::move(seen->here), deadline);
}

task<result<history>> dialler::cancel_placed(std::shared_ptr<live_call> call, steady_time deadline) {
  board_.cancel(*call, steady_clock::now());
  while (!call->progress.over() && steady_clock::now() < deadline) {
    co_await change_of(call, deadline);
  }
  co_return call->told;
}

task<result<void>> dialler::dial_here(std::string server, std::string owner, pbx::order order) {
  auto met = board_.admit(order.iden, owner, order.destination, server);
  if (met.what != board::admission::fresh) {
    co_return co_await meet(std::move(met));
  }
  const auto call = std::move(met.call);
  bool elsewhere = false;
  if (const auto claimed = co_await claim(call, &elsewhere); !claimed || elsewhere) {
    co_return claimed;
  }
  const auto longest = longest_life(order.dial_timeout, order.max_duration);
  auto outcome = co_await originate_fresh(std::move(server), std::move(order), call);
  const steady_time now = steady_clock::now();
  if (outcome) {
    board_.place(*call, longest, now);
  } else {
    const errc code = outcome.error().code;
    const bool never_was = code == errc::not_sent || code == errc::overloaded || code == errc::malformed;
    board_.withdraw(*call, outcome.error(), !never_was && code != errc::rejected, now);
  }
  co_return outcome;
}

task<result<void>> dialler::originate_fresh(std::string server, pbx::order order, std::shared_ptr<live_call> call) {
  auto written = [call](std::string_view action_id) { call->action_id = action_id; };
  const steady_time started = steady_clock::now();
  const auto answer = co_await exchange_.execute(server, asterisk::originate(order), std::move(written));
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  if (!answer->success) {
    co_return fail(errc::rejected, "Asterisk: " + answer->message);
  }
  if (!options_.confirm || is_blind(server)) {
    co_return result<void>();
  }
  co_return co_await confirm(call, started + options_.confirm_timeout);
}

task<result<void>> dialler::confirm(std::shared_ptr<live_call> call, steady_time deadline) {
  for (;;) {
    if (call->progress.caller_dialled()) {
      co_return result<void>();
    }
    if (call->progress.over()) {
      co_return fail(errc::rejected,
                     "the call ended before the terminal was dialled: " + std::string(to_string(call->progress.why())));
    }
    if (call->doubtful) {
      co_return fail(errc::outcome_unknown, "the AMI session was lost after the Originate");
    }
    if (steady_clock::now() >= deadline) {
      break;
    }
    co_await change_of(call, deadline);
  }
  if (call->progress.originate_failed()) {
    // A duplicate id or an unknown context: there never was a channel, and one of that id would be another's.
    co_return fail(errc::rejected, "Asterisk could not originate the call");
  }
  if (call->progress.exists()) {
    co_return result<void>();
  }
  if (board_.hears(call->server)) {
    co_return fail(errc::timed_out, "queued, but no channel came of it");
  }
  // An Originate always leads to events, its OriginateResponse at least: who hears none may not hear any.
  blind_.insert(call->server);
  log::warn(
      "the AMI user hears no events of {}: its calls are answered as soon as they are queued, and nothing is known of "
      "how they go. Give it read=call in manager.conf",
      call->server);
  co_return result<void>();
}

bool dialler::is_blind(const std::string& server) {
  if (board_.hears(server)) {
    blind_.erase(server);
  }
  return blind_.contains(server);
}

task<result<void>> dialler::join(std::shared_ptr<live_call> call) {
  const steady_time deadline = steady_clock::now() + join_timeout;
  while (call->phase == phase::placing && steady_clock::now() < deadline) {
    co_await change_of(call, deadline);
  }
  if (call->phase == phase::placed) {
    co_return result<void>();
  }
  if (call->refused) {
    co_return std::unexpected(*call->refused);
  }
  co_return fail(errc::timed_out, "the iden's first call was not answered in time");
}

task<void> dialler::change_of(std::shared_ptr<live_call> call, steady_time deadline) {
  timer wake(context_.get_executor(), deadline);
  call->watchers.push_back({&wake, [&wake] { wake.cancel(); }});
  co_await wake.async_wait(as_result);
  // A change has dropped it already; a deadline has not.
  std::erase_if(call->watchers, [&wake](const auto& each) { return each.who == &wake; });
}

void dialler::on_link(std::string_view server, asterisk::link_change change) {
  const steady_time now = steady_clock::now();
  const std::string host(server);
  ++(change == asterisk::link_change::down ? counts_.lost : counts_.sessions);
  if (change == asterisk::link_change::down) {
    board_.lost(server, now);
    blind_.erase(host);
    if (board_.awaits(server)) {
      exchange_.connect(host);  // keeps the link up, however long nothing was sent on it
    }
    return;
  }
  for (const std::string& channel : board_.regained(server, now)) {
    exchange_.send(host, asterisk::hang_up(channel));
  }
}

void dialler::sweep() {
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](boost::system::error_code ec) {
    // An expiry that was queued before stop() comes without an error.
    if (!ec && !stopped_) {
      board_.sweep(steady_clock::now());
      sweep();
    }
  });
}

}  // namespace c2c::call
