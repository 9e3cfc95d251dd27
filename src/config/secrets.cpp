#include "config/secrets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.hpp"

namespace c2c::config {
namespace {

constexpr std::size_t most_secret_bytes = 4096;

class file_descriptor {
 public:
  explicit file_descriptor(int number) : number_(number) {}
  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;
  ~file_descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  int number() const { return number_; }

 private:
  int number_;
};

std::unexpected<std::string> because(std::string_view path, int error) {
  return std::unexpected(fmt::format("cannot read {}: {}", shown(path), std::generic_category().message(error)));
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, ascii::is_control);
}

std::expected<std::size_t, int> read_all(int from, std::array<char, most_secret_bytes + 1>& into) {
  std::size_t used = 0;
  while (used < into.size()) {
    const ssize_t got = ::read(from, into.data() + used, into.size() - used);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return std::unexpected(errno);
    }
    if (got == 0) {
      break;
    }
    used += static_cast<std::size_t>(got);
  }
  return used;
}

}  // namespace

std::expected<secret, std::string> read_secret_file(const std::string& path) {
  // A FIFO must not hold up the start.
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));  // NOLINT(*-vararg)
  struct stat facts{};
  if (file.number() < 0 || ::fstat(file.number(), &facts) != 0) {
    return because(path, errno);
  }
  if (!S_ISREG(facts.st_mode)) {
    return std::unexpected(fmt::format("names {}, which is no regular file", shown(path)));
  }
  if ((facts.st_mode & S_IRWXO) != 0) {
    return std::unexpected(fmt::format("names {0}, which everybody can open: chmod 640 {0}", shown(path)));
  }
  std::array<char, most_secret_bytes + 1> buffer{};
  const auto used = read_all(file.number(), buffer);
  if (!used) {
    return because(path, used.error());
  }
  std::string_view text(buffer.data(), *used);
  if (text.ends_with('\n')) {
    text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  }
  std::expected<secret, std::string> out(secret{text});
  if (text.empty()) {
    out = std::unexpected(fmt::format("names {}, which is empty", shown(path)));
  } else if (*used > most_secret_bytes) {
    out = std::unexpected(fmt::format("names {}, which is longer than {} bytes", shown(path), most_secret_bytes));
  } else if (has_control(text)) {
    out = std::unexpected(fmt::format("names {}, which holds more than one line or a control character", shown(path)));
  }
  OPENSSL_cleanse(buffer.data(), buffer.size());
  return out;
}

found_secret read_secret(section& part, std::string_view key) {
  const std::string file_key = fmt::format("{}_file", key);
  found_secret out;
  out.is_set = part.has(key);
  if (part.has(file_key)) {
    if (out.is_set) {
      part.wrong(file_key, fmt::format("and {} are both given: keep one", key));
      return out;
    }
    out.is_set = true;
    const auto path = part.file(file_key);
    if (!path) {
      return out;
    }
    auto value = read_secret_file(*path);
    if (!value) {
      part.wrong(file_key, value.error());
      return out;
    }
    out.value = std::move(*value);
    return out;
  }
  if (auto text = part.text(key)) {
    if (has_control(*text)) {
      part.wrong(key, "must be one line without control characters");
    } else {
      out.value = secret(*text);
      if (!text->empty()) {
        part.holds_secret(key);
      }
    }
    OPENSSL_cleanse(text->data(), text->size());
  }
  return out;
}

std::optional<secret> read_signing_secret(section& part, std::string_view key, std::string_view how) {
  constexpr std::size_t least_bytes = 16;
  auto found = read_secret(part, key);
  if (!found.is_set || (found.value && found.value->empty())) {
    part.wrong(key, fmt::format("is missing: {}", how));
  } else if (found.value && found.value->reveal() == "change-me-please") {
    part.wrong(key, fmt::format("is the placeholder that everybody knows: {}", how));
  } else if (found.value && found.value->reveal().size() < least_bytes) {
    part.wrong(key, fmt::format("is shorter than {} characters: {}", least_bytes, how));
  } else {
    return std::move(found.value);
  }
  return std::nullopt;
}

}  // namespace c2c::config
