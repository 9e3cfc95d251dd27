// What the service's account at a server turned out not to be allowed, told in the log with what to do about it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/time.hpp"

namespace c2c::call {

// On the exchange's thread.
class lacking_rights {
 public:
  // No event of `server` comes, not even an order's outcome.
  void note_deaf(const std::string& server);
  bool deaf(const std::string& server) const { return deaf_.contains(server); }
  // Its events come after all, or its session is lost: the next one may have other rights.
  void forget_deaf(std::string_view server) { deaf_.erase(std::string(server)); }

  // Told once a minute for each server.
  void note_hang_up_refused(const std::string& server, std::string_view words, steady_time now);

 private:
  std::unordered_set<std::string> deaf_;
  std::map<std::string, steady_time> next_warning_;
};

}  // namespace c2c::call
