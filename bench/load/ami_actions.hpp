// The server's side of an AMI session: actions in, and the answers that need no call.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <regex.h>

namespace c2c::bench {

// Cuts what is read into actions.
class action_reader {
 public:
  // Where the next bytes go; one read's worth.
  std::span<char> room();

  // Calls `take` with the text of each whole action among what was read.
  template <class Take>
  void commit(std::size_t bytes, Take take) {
    have_ += bytes;
    std::size_t begin = 0;
    const std::string_view text(in_.data(), have_);
    for (auto end = text.find(blank_line); end != std::string_view::npos; end = text.find(blank_line, begin)) {
      take(text.substr(begin, end - begin));
      begin = end + blank_line.size();
    }
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin), in_.begin() + static_cast<std::ptrdiff_t>(have_),
              in_.begin());
    have_ -= begin;
  }

 private:
  static constexpr std::string_view blank_line = "\r\n\r\n";
  std::string in_;
  std::size_t have_ = 0;
};

// The value of an action's header; empty where it is not there.
std::string_view header_of(std::string_view action, std::string_view name);

// MD5 log-in, Ping, Logoff, an event filter, and an Asterisk that has no channels.
class ami_answers {
 public:
  static constexpr std::string_view greeting = "Asterisk Call Manager/9.0.0\r\n";

  explicit ami_answers(std::string secret) : secret_(std::move(secret)) {}

  // Appends the answer to an action that is no Originate.
  void answer(std::string_view action, std::string& out);

  // Whether a message gets past the session's filter.
  bool wants(const std::string& message) const;

  bool logged_in() const noexcept { return logged_in_; }
  bool done() const noexcept { return done_; }  // after a Logoff

 private:
  bool set_filter(std::string_view filter);

  std::string secret_;
  std::shared_ptr<regex_t> unwanted_;
  bool logged_in_ = false;
  bool done_ = false;
};

}  // namespace c2c::bench
