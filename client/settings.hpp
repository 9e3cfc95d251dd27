// Where the service is and who calls: flags over environment over the file. Parsing is pure; the rest reads files.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "client/secret.hpp"
#include "client/url.hpp"

namespace c2c::client {

// What one source says; what it is silent on is empty. Errors throughout this header are sentences for the terminal.
struct given {
  std::optional<std::string> url;
  std::optional<std::string> aor;
  std::optional<std::string> ca;  // a file of certificates in PEM, trusted beside the system's
  std::optional<secret> password;
  std::optional<bool> verify_tls;
};

// `strong` where it speaks, else `weak`.
given over(given strong, given weak);

struct settings {
  client::url url;
  std::string aor;
  std::string user;    // what stands before the AoR's last @, as the reference splits it
  std::string domain;  // what stands after it
  secret password;
  std::string ca;
  bool verify_tls = true;
};

// Looks one environment variable up; nullptr if it is not set.
using variables = std::function<const char*(const char* name)>;

// $XDG_CONFIG_HOME/click2call/config, else ~/.config/click2call/config (XDG Base Directory Specification: a relative
// XDG_CONFIG_HOME counts as unset); empty where neither variable is set.
std::string default_config_path(const variables& environment);

// `key = value` lines, with or without a [client] section: url (or base_url), aor, password, ca, verify_tls. That is
// also the config.ini of the reference's client, whose verify_tls is honoured; where it is absent, certificates are
// verified. An unknown key or section, a key given twice and a line without a value are errors with their line number.
std::expected<given, std::string> parse_config(std::string_view text);

// Reads and parses the file, at most 64 KiB of it. Refused when it holds a password and anyone but its owner can read
// it. A file that does not exist is an error if `must_exist`, else says nothing.
std::expected<given, std::string> read_config(const std::string& path, bool must_exist);

// CLICK2CALL_URL, CLICK2CALL_AOR, CLICK2CALL_PASSWORD, else the first line of the file named by
// CLICK2CALL_PASSWORD_FILE. Its mode is not judged: secrets that a container is handed are often readable by all inside
// it.
std::expected<given, std::string> from_environment(const variables& environment);

inline constexpr std::size_t most_ticket_bytes = 2048;

// The first line from a file descriptor, without its end. What follows it is lost. Errors name it: "password", of at
// most 1024 bytes, or "ticket", of at most `most_ticket_bytes`.
std::expected<secret, std::string> read_password_line(int file);
std::expected<secret, std::string> read_ticket_line(int file);

// Checks what was gathered. `ask` is called last, only if nothing but the password is missing; it may answer nothing.
std::expected<settings, std::string> settle(given all, const std::string& config_path,
                                            const std::function<std::optional<secret>()>& ask);

}  // namespace c2c::client
