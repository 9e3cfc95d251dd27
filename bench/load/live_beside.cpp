#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "ami_client.hpp"
#include "asterisk/translate.hpp"
#include "call/progress.hpp"
#include "live.hpp"

namespace c2c::bench {
namespace {

constexpr std::chrono::seconds end_patience{30};

// Hears what the service hears, at the same time, and says when each call changed.
task<void> hear(std::shared_ptr<ami_client> session, journal* into) {
  std::map<std::string, call::progress, std::less<>> calls;
  for (;;) {
    const asterisk::message message = co_await session->next();
    const steady_time now = steady_clock::now();
    const auto event = asterisk::translate(message);
    if (!event || event->iden.empty()) {
      continue;
    }
    auto& call = calls.try_emplace(std::string(event->iden)).first->second;
    const call::state before = call.now();
    call.apply(*event);
    if (call.now() != before) {
      into->happened(event->iden, call.now(), now);
    }
  }
}

}  // namespace

task<boost::json::object> measure_beside(live* run, plain_session plain) {
  const auto session = std::make_shared<ami_client>(run->context());
  co_await session->log_in(plain.server, plain.user, plain.secret);
  asio::co_spawn(run->context(), hear(session, &run->changes()), asio::detached);
  co_await run->place_and_follow();
  const bool ended = co_await run->wait_for_ends(end_patience);
  auto out = run->changes().summary();
  out["statuses"] = run->placed().summary();
  out["all_ended"] = ended;
  co_return out;
}

}  // namespace c2c::bench
