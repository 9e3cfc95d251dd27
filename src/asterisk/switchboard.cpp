#include "asterisk/switchboard.hpp"

#include <utility>

#include "asterisk/originate.hpp"
#include "asterisk/translate.hpp"

namespace c2c::asterisk {

void switchboard::listen(pbx::listener& listener) {
  exchange_.on_event([&listener](std::string_view server, const message& message) {
    if (const auto event = translate(message)) {
      listener.on_event(server, *event);
    }
  });
  exchange_.on_link([&listener](std::string_view server, link_change change) {
    change == link_change::up ? listener.on_ready(server) : listener.on_lost(server);
  });
}

task<result<void>> switchboard::originate(std::string server, pbx::order order, steady_time deadline,
                                          std::function<void(std::string_view order)> sent) {
  std::erase_if(resting_, [now = steady_clock::now()](const auto& entry) { return entry.second <= now; });
  if (resting_.contains(server)) {
    co_return fail(errc::not_sent, server + " has refused an order a moment ago");
  }
  const auto answer = co_await exchange_.execute(server, asterisk::originate(order), std::move(sent), deadline);
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  if (!answer->success && proves_no_call(answer->message)) {
    resting_[server] = steady_clock::now() + rest;
    co_return fail(errc::not_sent, "Asterisk: " + answer->message);
  }
  if (!answer->success) {
    co_return fail(errc::rejected, "Asterisk: " + answer->message);
  }
  co_return result<void>();
}

void switchboard::hang_up(const std::string& server, std::string_view channel,
                          std::function<void(bool allowed, std::string_view words)> answered) {
  exchange_.send(server, asterisk::hang_up(channel), [answered = std::move(answered)](const result<response>& answer) {
    if (answer && (answer->success || lacks_right(answer->message))) {
      answered(answer->success, answer->message);
    }
  });
}

void switchboard::list_channels(const std::string& server) {
  exchange_.send(server, action("CoreShowChannels"), [](const result<response>&) {});
}

}  // namespace c2c::asterisk
