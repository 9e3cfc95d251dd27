#include "cluster/peers.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cluster/record_text.hpp"
#include "log/log.hpp"

namespace c2c::cluster {
namespace {

constexpr std::string_view report_channel = "c2c:throttle";

// A call that is being placed has its answer in a few seconds, and is written again then.
constexpr std::string_view placing_life_ms = "60000";

constexpr int most_tries = 3;

// Nothing else would notice a silent loss of the connection that listens.
constexpr std::chrono::seconds ping_interval{1};

std::string call_key(std::string_view iden) {
  return "c2c:call:" + ascii::to_lower(iden);
}

result<std::optional<call::record>> to_record(const std::string& text) {
  auto there = decode(text);
  if (!there) {
    // Of a version that this one does not know; whatever it says, the iden is taken.
    return fail(errc::store_unavailable, "Redis holds what is no record of a call");
  }
  return std::optional(std::move(*there));
}

}  // namespace

peers::peers(asio::io_context& context, options chosen)
    : options_(std::move(chosen)),
      own_channel_(lease::key_of(options_.name)),
      commands_(options_.connect(context,
                                 [this] {
                                   lease_.renew();
                                   if (handlers_.on_back) {
                                     handlers_.on_back();
                                   }
                                 },
                                 {})),
      news_(options_.connect(
          context, [this] { subscribe_all(); },
          [this](std::string_view channel, std::string_view payload) { hear(channel, payload); })),
      lease_(context, *commands_, options_.name, options_.lease),
      ping_timer_(context.get_executor()) {
  ping_later();
}

task<result<std::optional<call::record>>> peers::claim(call::record mine) {
  const std::string key = call_key(mine.iden);
  const std::string text = encode(mine);
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto set = co_await commands_->ask({"SET", key, text, "NX", "PX", placing_life_ms});
    if (!set) {
      co_return std::unexpected(set.error());
    }
    if (set->ok()) {
      co_return std::nullopt;
    }
    if (set->type != redis::answer::kind::nothing) {
      co_return fail(errc::store_unavailable, "Redis answers a claim neither with OK nor with nil");
    }
    auto there = co_await find(mine.iden);
    if (!there || *there) {
      co_return there;
    }
    // It went between the two.
  }
  co_return fail(errc::overloaded, "the iden comes and goes");
}

task<result<std::optional<call::record>>> peers::find(std::string iden) {
  const auto got = co_await commands_->ask({"GET", call_key(iden)});
  if (!got) {
    co_return std::unexpected(got.error());
  }
  if (got->type != redis::answer::kind::text) {
    co_return std::nullopt;
  }
  co_return to_record(got->text);
}

task<result<std::vector<std::optional<call::record>>>> peers::find_all(std::vector<std::string> idens) {
  std::vector<std::string> command{"MGET"};
  for (const std::string& iden : idens) {
    command.push_back(call_key(iden));
  }
  const auto got = co_await commands_->ask(command);
  if (!got) {
    co_return std::unexpected(got.error());
  }
  std::vector<std::optional<call::record>> out;
  for (const std::string& text : got->items) {
    auto there = text.empty() ? result<std::optional<call::record>>(std::nullopt) : to_record(text);
    // One that cannot be read is as good as none: its call is lost sight of in time.
    out.push_back(there ? std::move(*there) : std::nullopt);
  }
  if (out.size() != idens.size()) {
    co_return fail(errc::store_unavailable, "Redis answers MGET with another number of values");
  }
  co_return out;
}

task<result<bool>> peers::ask_to_hang_up(call::record record) {
  const auto heard =
      co_await commands_->ask({"PUBLISH", lease::key_of(record.home), fmt::format("{} {}", record.iden, record.owner)});
  co_return heard ? result<bool>(heard->number > 0) : std::unexpected(heard.error());
}

void peers::tell(const call::record& record, std::chrono::milliseconds life, std::function<void()> lost) {
  const std::string key = call_key(record.iden);
  const std::string text = encode(record);
  commands_->send({"SET", key, text, "PX", std::to_string(life.count())},
                  [lost = std::move(lost)](const result<redis::answer>& done) {
                    if (!done) {
                      lost();
                    }
                  });
  commands_->send({"PUBLISH", key, text}, [](const result<redis::answer>&) {});
}

void peers::forget(std::string_view iden) {
  // Where this is lost the record goes when its time is over.
  commands_->send({"DEL", call_key(iden)}, [](const result<redis::answer>&) {});
}

void peers::report(std::string_view counted) {
  commands_->send({"PUBLISH", report_channel, fmt::format("{} {}", options_.name, counted)},
                  [](const result<redis::answer>&) {});
}

void peers::follow(std::string_view iden, std::function<void()> listening) {
  const std::string channel = call_key(iden);
  followed_.insert(channel);
  news_->send({"SUBSCRIBE", channel}, [listening = std::move(listening)](const result<redis::answer>& done) {
    if (done) {
      listening();
    }
  });
}

void peers::unfollow(std::string_view iden) {
  const std::string channel = call_key(iden);
  followed_.erase(channel);
  news_->send({"UNSUBSCRIBE", channel}, [](const result<redis::answer>&) {});
}

void peers::close() {
  closed_ = true;
  ping_timer_.cancel();
  commands_->stop();
  news_->stop();
}

void peers::ping_later() {
  ping_timer_.expires_after(ping_interval);
  ping_timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec && !closed_) {
      news_->send({"PING"}, [](const result<redis::answer>&) {});
      ping_later();
    }
  });
}

void peers::subscribe_all() {
  const auto subscribe = [this](std::string_view channel) {
    news_->send({"SUBSCRIBE", channel}, [](const result<redis::answer>&) {});
  };
  news_->send({"SUBSCRIBE", own_channel_}, [](const result<redis::answer>& done) {
    if (!done) {
      log::warn("the other instances cannot be heard: {}", done.error().detail);
    }
  });
  subscribe(report_channel);
  for (const std::string& channel : followed_) {
    subscribe(channel);
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
    if (on_report_ && !mine && space != std::string_view::npos) {
      on_report_(payload.substr(space + 1));
    }
  } else if (auto record = decode(payload); record && handlers_.on_call) {
    handlers_.on_call(std::move(*record));
  }
}

}  // namespace c2c::cluster
