#include "client/settings.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.hpp"

namespace c2c::client {

namespace {

constexpr std::size_t most_config_bytes = 64 * 1024UL;
constexpr std::size_t most_password_bytes = 1024;
constexpr std::size_t most_aor_bytes = 255;

class open_file {
 public:
  explicit open_file(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string reason(int error) {
  return std::system_category().message(error);
}

enum class until : bool { end, newline };

// All of the file, or its first `most + 1` bytes if it is longer; reading stops early once a line's end was seen.
std::expected<secret, int> read_some(int file, std::size_t most, until stop) {
  std::vector<char> bytes(most + 1);
  std::size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t count = ::read(file, bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      const int error = errno;
      OPENSSL_cleanse(bytes.data(), bytes.size());
      return std::unexpected(error);
    }
    if (count == 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
    if (stop == until::newline &&
        std::find(bytes.begin(), bytes.begin() + static_cast<ssize_t>(used), '\n') != bytes.end()) {
      break;
    }
  }
  bytes.resize(used);
  return secret(std::move(bytes));
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

std::expected<secret, std::string> read_line(int file, const std::string& what, std::size_t most) {
  const std::expected<secret, int> text = read_some(file, most, until::newline);
  if (!text) {
    return std::unexpected("The " + what + " cannot be read: " + reason(text.error()) + ".");
  }
  const std::string_view line = first_line(text->view());
  if (line.size() > most) {
    return std::unexpected("The " + what + " is longer than " + std::to_string(most) + " bytes.");
  }
  if (line.empty()) {
    return std::unexpected("The " + what + " that was given is empty.");
  }
  return secret(line);
}

std::optional<bool> to_bool(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"}) {
    if (ascii::iequals(text, yes)) {
      return true;
    }
  }
  for (const std::string_view no : {"false", "no", "off", "0"}) {
    if (ascii::iequals(text, no)) {
      return false;
    }
  }
  return std::nullopt;
}

// Puts one `key = value` into `out`; the error is the end of a sentence that starts with the line's number.
std::expected<void, std::string> take(given& out, std::string_view key, std::string_view value) {
  const auto text = [&](std::optional<std::string>& slot) -> std::expected<void, std::string> {
    if (slot) {
      return std::unexpected(std::string(key) + " is given twice.");
    }
    slot = std::string(value);
    return {};
  };
  if (ascii::iequals(key, "url") || ascii::iequals(key, "base_url")) {
    return text(out.url);
  }
  if (ascii::iequals(key, "aor")) {
    return text(out.aor);
  }
  if (ascii::iequals(key, "ca")) {
    return text(out.ca);
  }
  if (ascii::iequals(key, "password")) {
    if (out.password) {
      return std::unexpected("password is given twice.");
    }
    out.password.emplace(value);
    return {};
  }
  if (ascii::iequals(key, "verify_tls")) {
    const std::optional<bool> verify = to_bool(value);
    if (out.verify_tls || !verify) {
      return std::unexpected(out.verify_tls ? "verify_tls is given twice." : "verify_tls is neither true nor false.");
    }
    out.verify_tls = verify;
    return {};
  }
  return std::unexpected("\"" + std::string(key) +
                         "\" is not a setting; there are url, aor, password, ca and verify_tls.");
}

std::expected<void, std::string> take_line(given& out, std::string_view line) {
  if (line.empty() || line.front() == '#' || line.front() == ';') {
    return {};
  }
  if (line.front() == '[') {
    if (line != "[client]") {
      return std::unexpected("the only section is [client].");
    }
    return {};
  }
  const std::size_t sign = line.find_first_of("=:");
  if (sign == std::string_view::npos) {
    // The line itself is not repeated: it may be a password.
    return std::unexpected("this is not a `key = value` line.");
  }
  const std::string_view value = trim(line.substr(sign + 1));
  if (value.empty()) {
    return std::unexpected("the setting has no value.");
  }
  return take(out, trim(line.substr(0, sign)), value);
}

bool is_aor(std::string_view aor) {
  const std::size_t at = aor.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < aor.size() && aor.size() <= most_aor_bytes &&
         std::ranges::none_of(aor, [](char c) { return c == ' ' || ascii::is_control(c); });
}

}  // namespace

given over(given strong, given weak) {
  if (!strong.url) {
    strong.url = std::move(weak.url);
  }
  if (!strong.aor) {
    strong.aor = std::move(weak.aor);
  }
  if (!strong.ca) {
    strong.ca = std::move(weak.ca);
  }
  if (!strong.password) {
    strong.password = std::move(weak.password);
  }
  if (!strong.verify_tls) {
    strong.verify_tls = weak.verify_tls;
  }
  return strong;
}

std::string default_config_path(const variables& environment) {
  if (const char* base = environment("XDG_CONFIG_HOME"); base != nullptr && *base == '/') {
    return std::string(base) + "/click2call/config";
  }
  if (const char* home = environment("HOME"); home != nullptr && *home == '/') {
    return std::string(home) + "/.config/click2call/config";
  }
  return {};
}

std::expected<given, std::string> parse_config(std::string_view text) {
  if (text.starts_with("\ufeff")) {
    text.remove_prefix(3);
  }
  given out;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (auto taken = take_line(out, line); !taken) {
      return std::unexpected("line " + std::to_string(number) + ": " + taken.error());
    }
  }
  return out;
}

std::expected<given, std::string> read_config(const std::string& path, bool must_exist) {
  const open_file file(path);
  if (file.fd() < 0) {
    if (!must_exist && (errno == ENOENT || errno == ENOTDIR)) {
      return given{};
    }
    return std::unexpected("The settings " + path + " cannot be read: " + reason(errno) + ".");
  }
  struct stat about{};
  if (::fstat(file.fd(), &about) != 0) {
    return std::unexpected("The settings " + path + " cannot be read: " + reason(errno) + ".");
  }
  const std::expected<secret, int> text = read_some(file.fd(), most_config_bytes, until::end);
  if (!text) {
    return std::unexpected("The settings " + path + " cannot be read: " + reason(text.error()) + ".");
  }
  if (text->view().size() > most_config_bytes) {
    return std::unexpected("The settings " + path + " are longer than 64 KiB: is that the right file?");
  }
  std::expected<given, std::string> out = parse_config(text->view());
  if (!out) {
    return std::unexpected(path + ", " + out.error());
  }
  if (out->password && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return std::unexpected("The settings " + path +
                           " hold a password that others on this machine may read. Run: chmod 600 " + path);
  }
  return out;
}

std::expected<secret, std::string> read_password_line(int file) {
  return read_line(file, "password", most_password_bytes);
}

std::expected<secret, std::string> read_ticket_line(int file) {
  return read_line(file, "ticket", most_ticket_bytes);
}

std::expected<given, std::string> from_environment(const variables& environment) {
  const auto look = [&](const char* name) -> std::optional<std::string_view> {
    const char* value = environment(name);
    return value != nullptr && *value != '\0' ? std::optional<std::string_view>(value) : std::nullopt;
  };
  given out;
  if (const auto text = look("CLICK2CALL_URL")) {
    out.url = std::string(*text);
  }
  if (const auto text = look("CLICK2CALL_AOR")) {
    out.aor = std::string(*text);
  }
  if (const auto text = look("CLICK2CALL_PASSWORD")) {
    out.password.emplace(*text);
  } else if (const auto path = look("CLICK2CALL_PASSWORD_FILE")) {
    const open_file file{std::string(*path)};
    if (file.fd() < 0) {
      return std::unexpected("CLICK2CALL_PASSWORD_FILE names " + std::string(*path) +
                             ", which cannot be read: " + reason(errno) + ".");
    }
    std::expected<secret, std::string> line = read_password_line(file.fd());
    if (!line) {
      return std::unexpected(std::string(*path) + ": " + line.error());
    }
    out.password = std::move(*line);
  }
  return out;
}

std::expected<settings, std::string> settle(given all, const std::string& config_path,
                                            const std::function<std::optional<secret>()>& ask) {
  const std::string file = config_path.empty() ? "a file given with --config" : config_path;
  if (!all.url) {
    return std::unexpected(
        "Where is the service? Give --url https://pbx.example.com:9090, set CLICK2CALL_URL, or put `url = …` into " +
        file + ".");
  }
  if (!all.aor) {
    return std::unexpected(
        "Who calls? Give --aor user@domain of your telephone, set CLICK2CALL_AOR, or put `aor = …` into " + file + ".");
  }
  std::expected<client::url, std::string> url = parse_url(*all.url);
  if (!url) {
    return std::unexpected(url.error());
  }
  if (!is_aor(*all.aor)) {
    return std::unexpected("The AoR \"" + *all.aor +
                           "\" is not of the form user@domain (at most 255 bytes, no spaces).");
  }
  if (!all.password) {
    all.password = ask();
  }
  if (!all.password || all.password->empty()) {
    return std::unexpected(
        "The SIP password of " + *all.aor + " is missing: put `password = …` into " + file +
        " (chmod 600), set CLICK2CALL_PASSWORD or CLICK2CALL_PASSWORD_FILE, or pipe it in with --password-stdin.");
  }
  settings out;
  const std::size_t at = all.aor->rfind('@');
  out.url = std::move(*url);
  out.user = all.aor->substr(0, at);
  out.domain = all.aor->substr(at + 1);
  out.aor = std::move(*all.aor);
  out.password = std::move(*all.password);
  out.ca = all.ca.value_or("");
  out.verify_tls = all.verify_tls.value_or(true);
  return out;
}

}  // namespace c2c::client
