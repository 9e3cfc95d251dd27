// The channels of one call, while its server lists them. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "call/progress.hpp"
#include "pbx/event.hpp"

namespace c2c::call {

class channel_list {
 public:
  void clear() { *this = {}; }
  // What the list says of the call, or what has happened to it since that was drawn up. A channel that is older than
  // `oldest` is of another call that has the same iden, and then all of them are.
  void note(const pbx::event& event, std::optional<std::chrono::nanoseconds> oldest);
  // The call's channels; the list is empty again.
  std::vector<listed_channel> take();

 private:
  void add(const pbx::channel& of, std::string_view bridge);

  std::vector<listed_channel> found_;
  bool is_anothers_ = false;
};

}  // namespace c2c::call
