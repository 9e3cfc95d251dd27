// The tickets of calls that go on, kept where only their owner can read them, so that `click2call status` and
// `click2call hangup` find them. Never on a command line: whoever has a call's ticket may watch it and end it.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "client/settings.hpp"

namespace c2c::client {

// The characters of a bearer token (RFC 6750, section 2.1), at most 2048 of them.
bool is_ticket(std::string_view text) noexcept;

struct kept_ticket {
  std::string url;  // of the service that gave it
  std::string ticket;
};

// A folder with a file for each call, named by its iden in lower case, as idens are compared. The folder is 0700, the
// files 0600; at most 64 are kept, the oldest go first, and those whose time is over go whenever another comes. Errors
// are the ends of sentences.
class ticket_store {
 public:
  static constexpr std::size_t most = 64;

  // $XDG_STATE_HOME/click2call, else ~/.local/state/click2call (XDG Base Directory Specification: a relative
  // XDG_STATE_HOME counts as unset). Nothing is made before a ticket is kept, and never the home itself.
  explicit ticket_store(const variables& environment);

  // `iden` as is_iden has it, here and below.
  std::expected<void, std::string> keep(std::string_view iden, const kept_ticket& what, std::chrono::sys_seconds now,
                                        std::chrono::seconds life) const;
  // Nothing where there is none, or its time is over. A file that others may read is an error.
  std::expected<std::optional<kept_ticket>, std::string> find(std::string_view iden,
                                                              std::chrono::sys_seconds now) const;
  void forget(std::string_view iden) const;

  const std::string& folder() const noexcept { return folder_; }

 private:
  std::string folder_;  // empty where neither variable is set
  std::string root_;    // what must exist; the folders between are made
};

}  // namespace c2c::client
