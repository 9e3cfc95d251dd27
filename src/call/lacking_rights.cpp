#include "call/lacking_rights.hpp"

#include "log/log.hpp"

namespace c2c::call {
namespace {

constexpr std::chrono::minutes warn_interval{1};

}  // namespace

void lacking_rights::note_deaf(const std::string& server) {
  deaf_.insert(server);
  log::warn(
      "the AMI user hears no events of {}: its calls are answered as soon as they are queued, and nothing is known of "
      "how they go. Give it read=call in manager.conf",
      server);
}

void lacking_rights::note_hang_up_refused(const std::string& server, std::string_view words, steady_time now) {
  std::erase_if(next_warning_, [now](const auto& entry) { return entry.second <= now; });
  if (next_warning_.emplace(server, now + warn_interval).second) {
    log::error(
        "{} does not let the AMI user hang up ({}): calls there go on whatever their owners want. Give it "
        "write=call in manager.conf",
        server, words);
  }
}

}  // namespace c2c::call
