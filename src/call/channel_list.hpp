// The channels of one call, while its server lists them. Pure.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "call/progress.hpp"
#include "pbx/event.hpp"

namespace c2c::call {

class channel_list {
 public:
  void clear() { found_.clear(); }
  // What the list says of the call, or what has happened to it since that was drawn up.
  void note(const pbx::event& event);
  std::vector<listed_channel> take() { return std::exchange(found_, {}); }

 private:
  void add(const pbx::channel& of, std::string_view bridge);

  std::vector<listed_channel> found_;
};

}  // namespace c2c::call
