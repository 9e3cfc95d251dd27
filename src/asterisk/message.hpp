// One AMI message as it came: a response or an event.
#pragma once

#include <string_view>

namespace c2c::asterisk {

// A view of one message's lines, without the blank line that ends it. Valid until the decoder that gave it is fed
// again. Looking up a header scans the lines: an event that is not ours costs one or two scans and nothing else.
class message {
 public:
  explicit message(std::string_view text) : text_(text) {}

  // The value of the first header of that name, ASCII case aside, without surrounding blanks; empty where there is
  // none.
  std::string_view get(std::string_view name) const noexcept;
  bool is_event() const noexcept { return !get("Event").empty(); }
  std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

}  // namespace c2c::asterisk
