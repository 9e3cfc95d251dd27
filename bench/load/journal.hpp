// When each change of each call happened on Asterisk's side, and when the call's reader was told.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "call/progress.hpp"
#include "call_script.hpp"
#include "net/asio.hpp"

namespace c2c::bench {

// For each part of the script, the state that it brings a call to; nothing where it changes none.
std::vector<std::optional<call::state>> changes_of(const call_script& script);

class journal {
 public:
  void happened(std::string_view iden, call::state what, steady_time when);
  // The head of the reader's answer is there: from now on it is told as it happens.
  void opened(std::string_view iden, steady_time when);
  // `state` as it is spelt on the wire.
  void told(std::string_view iden, std::string_view state, steady_time when);

  // Of all changes that happened while their reader was there: how long each took to reach it, in all and by state, and
  // how many never did.
  boost::json::object summary() const;

 private:
  static constexpr std::size_t states = 6;
  struct entry {
    std::optional<steady_time> open;
    std::array<std::optional<steady_time>, states> happened;
    std::array<std::optional<steady_time>, states> told;
  };
  entry& of(std::string_view iden);

  std::map<std::string, entry, std::less<>> calls_;
};

}  // namespace c2c::bench
