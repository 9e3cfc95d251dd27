// Asterisk behind pbx/port.hpp: orders become AMI actions, AMI events become the port's.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "asterisk/exchange.hpp"
#include "pbx/port.hpp"

namespace c2c::asterisk {

// On the exchange's thread.
class switchboard final : public pbx::port {
 public:
  // A server that has refused an order, as it cannot place any yet, is asked for none so long: the next one finds out
  // whether it can.
  static constexpr std::chrono::seconds rest{1};

  // `exchange` outlives it, and no action is under way yet.
  explicit switchboard(exchange& exchange) : exchange_(exchange) {}

  void listen(pbx::listener& listener) override;
  task<result<void>> originate(std::string server, pbx::order order, steady_time deadline,
                               std::function<void(std::string_view order)> sent) override;
  void hang_up(const std::string& server, std::string_view channel,
               std::function<void(bool allowed, std::string_view words)> answered) override;
  void list_channels(const std::string& server) override;
  void hold(const std::string& server) override { exchange_.hold(server); }
  void release(const std::string& server) override { exchange_.release(server); }

 private:
  exchange& exchange_;
  std::map<std::string, steady_time> resting_;  // servers that take no orders for now, and until when
};

}  // namespace c2c::asterisk
