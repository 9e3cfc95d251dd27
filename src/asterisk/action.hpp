// An AMI action: a name and headers, each checked when it is added (AMI: main/manager.c, get_input and
// action_originate).
#pragma once

#include <string>
#include <string_view>

#include "base/errc.hpp"

namespace c2c::asterisk {

// Lines as Asterisk reads them: 1,024 bytes at most with their end, 128 headers at most (manager.c,
// AST_MAX_MANHEADERS), the action's name and its ActionID among them. Errors are kept and come out of `encode`, so that
// a call site reads as the action does.
class action {
 public:
  explicit action(std::string_view name);

  // Refuses CR, LF and NUL in either part, an empty name, a colon in the name, an ActionID (`encode` gives it) and a
  // line that is too long.
  action& add(std::string_view name, std::string_view value);
  // A channel variable. Asterisk splits the header's value at commas and takes quotes and backslashes out of it
  // (manager.c, man_do_variable_value), so these are refused as well, as is an equals sign in the name.
  action& variable(std::string_view name, std::string_view value);

  // The action's bytes with `action_id` as its ActionID, blank line included. Errors: malformed, naming the header at
  // fault and never its value.
  result<std::string> encode(std::string_view action_id) const;

 private:
  void fault(std::string_view header, std::string_view problem);

  std::string text_;
  std::string fault_;
  int headers_ = 0;
};

}  // namespace c2c::asterisk
