#include "call/channel_list.hpp"

#include <string>
#include <utility>

#include "base/ascii.hpp"

namespace c2c::call {
namespace {

// A call has four channels, six while one is transferred.
constexpr std::size_t most_listed = 32;

}  // namespace

void channel_list::add(const pbx::channel& of, std::string_view bridge) {
  if (found_.size() < most_listed) {
    found_.push_back({ascii::to_lower(of.id), of.is, std::string(bridge)});
  }
}

void channel_list::note(const pbx::event& event, std::optional<std::chrono::nanoseconds> oldest) {
  if (const auto* const ended = std::get_if<pbx::channel_ended>(&event.fact)) {
    const std::string gone = ascii::to_lower(ended->of.id);
    std::erase_if(found_, [&](const listed_channel& listed) { return listed.id == gone; });
  } else if (const auto* const listed = std::get_if<pbx::channel_listed>(&event.fact)) {
    is_anothers_ = is_anothers_ || (listed->age && oldest && *listed->age > *oldest);
    add(listed->of, listed->bridge);
  } else if (const auto* const began = std::get_if<pbx::channel_began>(&event.fact)) {
    add(began->of, {});
  }
}

std::vector<listed_channel> channel_list::take() {
  if (is_anothers_) {
    found_.clear();
  }
  is_anothers_ = false;
  return std::exchange(found_, {});
}

}  // namespace c2c::call
