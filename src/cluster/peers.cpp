#include "cluster/peers.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "log/log.hpp"

namespace c2c::call {
namespace {

constexpr std::string_view report_channel = "c2c:throttle";

// A call that is being placed has its answer in a few seconds, and is written again then.
constexpr std::string_view placing_life_ms = "60000";

constexpr int most_tries = 3;

std::string call_key(std::string_view iden) {
  return "c2c:call:" + ascii::to_lower(iden);
}

std::string instance_key(std::string_view name) {
  return fmt::format("c2c:instance:{}", name);
}

redis::options with(redis::options chosen, std::function<void()> up,
                    std::function<void(std::string_view, std::string_view)> message = {}) {
  chosen.link.on_up = std::move(up);
  chosen.link.on_message = std::move(message);
  return chosen;
}

}  // namespace

peers::peers(asio::io_context& context, options chosen)
    : options_(std::move(chosen)),
      own_channel_(instance_key(options_.name)),
      commands_(context, with(options_.redis,
                              [this] {
                                renew();
                                if (handlers_.on_back) {
                                  handlers_.on_back();
                                }
                              })),
      news_(context, with(
                         options_.redis, [this] { subscribe_all(); },
                         [this](std::string_view channel, std::string_view payload) { hear(channel, payload); })) {}

task<result<std::optional<record>>> peers::claim(record mine) {
  const std::string key = call_key(mine.iden);
  const std::string text = encode(mine);
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto set = co_await commands_.ask({"SET", key, text, "NX", "PX", placing_life_ms});
    if (!set) {
      co_return std::unexpected(set.error());
    }
    if (set->what != redis::answer::kind::nothing) {
      co_return std::nullopt;
    }
    auto there = co_await find(mine.iden);
    if (!there || *there) {
      co_return there;
    }
    // It went between the two.
  }
  co_return fail(errc::overloaded, "the iden comes and goes");
}

task<result<std::optional<record>>> peers::find(std::string iden) {
  const auto got = co_await commands_.ask({"GET", call_key(iden)});
  if (!got) {
    co_return std::unexpected(got.error());
  }
  if (got->what != redis::answer::kind::text) {
    co_return std::nullopt;
  }
  auto there = decode(got->text);
  if (!there) {
    // Of a version that this one does not know; whatever it says, the iden is taken.
    co_return fail(errc::store_unavailable, "Redis holds what is no record of a call");
  }
  co_return std::move(*there);
}

task<result<bool>> peers::alive(std::string home) {
  const auto there = co_await commands_.ask({"EXISTS", instance_key(home)});
  co_return there ? result<bool>(there->number > 0) : std::unexpected(there.error());
}

task<result<bool>> peers::ask_to_hang_up(record what) {
  const auto heard =
      co_await commands_.ask({"PUBLISH", instance_key(what.home), fmt::format("{} {}", what.iden, what.owner)});
  co_return heard ? result<bool>(heard->number > 0) : std::unexpected(heard.error());
}

void peers::tell(const record& what, std::chrono::milliseconds life, std::function<void()> lost) {
  const std::string key = call_key(what.iden);
  const std::string text = encode(what);
  commands_.send({"SET", key, text, "PX", std::to_string(life.count())},
                 [lost = std::move(lost)](const result<redis::answer>& done) {
                   if (!done) {
                     lost();
                   }
                 });
  commands_.send({"PUBLISH", key, text}, [](const result<redis::answer>&) {});
}

void peers::forget(std::string_view iden) {
  // Where this is lost the record goes when its time is over.
  commands_.send({"DEL", call_key(iden)}, [](const result<redis::answer>&) {});
}

void peers::report(std::string_view counted) {
  commands_.send({"PUBLISH", report_channel, fmt::format("{} {}", options_.name, counted)},
                 [](const result<redis::answer>&) {});
}

void peers::follow(std::string_view iden, std::function<void()> listening) {
  const std::string channel = call_key(iden);
  followed_.insert(channel);
  news_.send({"SUBSCRIBE", channel}, [listening = std::move(listening)](const result<redis::answer>& done) {
    if (done) {
      listening();
    }
  });
}

void peers::unfollow(std::string_view iden) {
  const std::string channel = call_key(iden);
  followed_.erase(channel);
  news_.send({"UNSUBSCRIBE", channel}, [](const result<redis::answer>&) {});
}

void peers::renew() {
  commands_.send({"SET", own_channel_, "", "PX", std::to_string(options_.lease.count())},
                 [this](const result<redis::answer>& done) { reachable_ = done.has_value(); });
  // Nothing else would notice a silent loss of this connection.
  news_.send({"PING"}, [](const result<redis::answer>&) {});
}

task<void> peers::resign() {
  co_await commands_.ask({"DEL", own_channel_});
}

void peers::subscribe_all() {
  const auto subscribe = [this](std::string_view channel) {
    news_.send({"SUBSCRIBE", channel}, [](const result<redis::answer>&) {});
  };
  news_.send({"SUBSCRIBE", own_channel_}, [](const result<redis::answer>& done) {
    if (!done) {
      log::warn("the other instances cannot be heard: {}", done.error().detail);
    }
  });
  subscribe(report_channel);
  for (const std::string& each : followed_) {
    subscribe(each);
  }
}

void peers::hear(std::string_view channel, std::string_view payload) {
  const auto space = payload.find(' ');
  if (channel == own_channel_) {
    if (handlers_.on_hang_up && space != std::string_view::npos) {
      handlers_.on_hang_up(payload.substr(0, space), payload.substr(space + 1));
    }
  } else if (channel == report_channel) {
    const bool mine = payload.substr(0, space) == options_.name;
    if (on_report && !mine && space != std::string_view::npos) {
      on_report(payload.substr(space + 1));
    }
  } else if (auto what = decode(payload); what && handlers_.on_call) {
    handlers_.on_call(std::move(*what));
  }
}

}  // namespace c2c::call
