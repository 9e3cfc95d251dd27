// What an AMI account and its Asterisk lack, found by actions that ring nobody.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "asterisk/exchange.hpp"

namespace c2c::cli {

class ami_check {
 public:
  // Hears the exchange's events from here on. `exchange` outlives it, and nothing was asked of it yet.
  ami_check(asio::io_context& context, asterisk::exchange& exchange);

  // Sentences for the operator, each with what to do. Empty: `host` can place calls, end them and tell of them. Errors:
  // as asterisk::exchange::execute(), of the first action.
  task<result<std::vector<std::string>>> missing(std::string host);
  // Whether the account may list channels, which is of use after a lost session.
  task<bool> lists_channels(std::string host);

 private:
  task<bool> refused(std::string host, asterisk::action nothing);
  task<bool> hears(std::string action_id);

  asterisk::exchange& exchange_;
  timer heard_;                     // cancelled by the outcome of an order
  std::set<std::string> outcomes_;  // of orders, by their ActionIDs
};

}  // namespace c2c::cli
