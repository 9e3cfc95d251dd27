#include "client/tickets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.hpp"
#include "client/call.hpp"
#include "client/output.hpp"

namespace c2c::client {

namespace {

constexpr std::size_t most_file_bytes = 8192;
constexpr std::size_t most_looked_at = 4096;  // entries of a folder that is not as we left it

std::unexpected<std::string> error_of(std::string what) {
  return std::unexpected(std::move(what) + ": " + std::system_category().message(errno));
}

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int get() const noexcept { return fd_; }
  bool open() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

struct record {
  std::int64_t until_s = 0;
  kept_ticket what;
};

// Three lines: the second until which it is kept, the service's url, the ticket.
std::optional<record> parse_record(std::string_view text) {
  std::array<std::string_view, 3> lines;
  for (std::string_view& line : lines) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  record out{.until_s = 0, .what = {.url = std::string(lines[1]), .ticket = std::string(lines[2])}};
  const auto [end, error] = std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), out.until_s);
  if (error != std::errc{} || end != lines[0].data() + lines[0].size() || !is_ticket(out.what.ticket)) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> read_all(int fd) {
  std::string out(most_file_bytes, '\0');
  std::size_t used = 0;
  while (used < out.size()) {
    const ssize_t count = ::read(fd, out.data() + used, out.size() - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return std::nullopt;
    }
    if (count == 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
  }
  out.resize(used);
  return out;
}

descriptor open_folder(const std::string& path) {
  return descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

descriptor open_record(int folder, const std::string& name) {
  return descriptor(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

// Makes each folder from `root`, which must exist, down to `path`.
bool make_folders(const std::string& root, const std::string& path) {
  for (std::size_t end = root.size(); end != std::string::npos;) {
    end = path.find('/', end + 1);
    if (::mkdir(path.substr(0, end).c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      return false;
    }
  }
  return true;
}

// The records that are there, newest first, without those that are over or are none of ours to read: these go.
std::vector<std::pair<std::int64_t, std::string>> sweep(int folder, std::chrono::sys_seconds now) {
  std::vector<std::pair<std::int64_t, std::string>> out;
  const int again = ::dup(folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(again < 0 ? nullptr : ::fdopendir(again), ::closedir);
  if (entries == nullptr) {
    return out;
  }
  std::size_t seen = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone
  for (const dirent* entry = ::readdir(entries.get()); entry != nullptr && seen < most_looked_at;
       entry = ::readdir(entries.get())) {  // NOLINT(concurrency-mt-unsafe)
    ++seen;
    const std::string name = entry->d_name;
    const descriptor file = is_iden(name) ? open_record(folder, name) : descriptor(-1);
    struct stat about{};
    if (!file.open() || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
      continue;
    }
    const auto text = read_all(file.get());
    const auto kept = text ? parse_record(*text) : std::nullopt;
    if (!kept || kept->until_s <= now.time_since_epoch().count()) {
      ::unlinkat(folder, name.c_str(), 0);
    } else {
      constexpr std::int64_t ns = 1'000'000'000;
      out.emplace_back(about.st_mtim.tv_sec * ns + about.st_mtim.tv_nsec, name);
    }
  }
  std::ranges::sort(out, std::ranges::greater{});
  return out;
}

}  // namespace

bool is_ticket(std::string_view text) noexcept {
  constexpr std::string_view more = "-._~+/=";
  return !text.empty() && text.size() <= most_ticket_bytes &&
         std::ranges::all_of(text, [&](char c) { return ascii::is_alnum(c) || more.contains(c); });
}

ticket_store::ticket_store(const variables& environment) {
  if (const char* state = environment("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    folder_ = std::string(state) + "/click2call";
    root_ = std::string(state);
    root_ = root_.substr(0, std::max<std::size_t>(root_.rfind('/'), 1));
  } else if (const char* home = environment("HOME"); home != nullptr && *home == '/') {
    root_ = home;
    folder_ = root_ + "/.local/state/click2call";
  }
}

std::expected<void, std::string> ticket_store::keep(std::string_view iden, const kept_ticket& what,
                                                    std::chrono::sys_seconds now, std::chrono::seconds life) const {
  if (folder_.empty()) {
    return std::unexpected("neither HOME nor XDG_STATE_HOME is set");
  }
  if (!is_ticket(what.ticket) || what.url.contains('\n')) {
    return std::unexpected("it is not one");
  }
  if (!make_folders(root_, folder_)) {
    return error_of(folder_ + " cannot be made");
  }
  const descriptor folder = open_folder(folder_);
  struct stat about{};
  if (!folder.open() || ::fstat(folder.get(), &about) != 0) {
    return error_of(folder_ + " cannot be opened");
  }
  if (about.st_uid != ::geteuid() || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return std::unexpected("others may use " + folder_ + "; run: chmod 700 " + folder_);
  }
  // Made under a name that no iden can have, so that nobody reads half of it.
  const std::string made = ".new." + std::to_string(::getpid());
  const descriptor file(
      ::openat(folder.get(), made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const std::string text =
      std::to_string((now + life).time_since_epoch().count()) + "\n" + what.url + "\n" + what.ticket + "\n";
  if (!file.open() || write_all(file.get(), text) != 0 ||
      ::renameat(folder.get(), made.c_str(), folder.get(), ascii::to_lower(iden).c_str()) != 0) {
    auto error = error_of("a file in " + folder_ + " cannot be written");
    ::unlinkat(folder.get(), made.c_str(), 0);
    return error;
  }
  const auto all = sweep(folder.get(), now);
  for (std::size_t i = most; i < all.size(); ++i) {
    ::unlinkat(folder.get(), all[i].second.c_str(), 0);
  }
  return {};
}

std::expected<std::optional<kept_ticket>, std::string> ticket_store::find(std::string_view iden,
                                                                          std::chrono::sys_seconds now) const {
  const std::string name = ascii::to_lower(iden);
  const descriptor folder = open_folder(folder_);
  const descriptor file = folder.open() ? open_record(folder.get(), name) : descriptor(-1);
  if (!file.open()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    return error_of(folder_ + "/" + name + " cannot be read");
  }
  struct stat about{};
  if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    return std::unexpected(folder_ + "/" + name + " is not a file");
  }
  if (about.st_uid != ::geteuid() || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return std::unexpected("others on this machine may read " + folder_ + "/" + name + "; run: chmod 600 " + folder_ +
                           "/" + name);
  }
  const auto text = read_all(file.get());
  auto kept = text ? parse_record(*text) : std::nullopt;
  if (!kept || kept->until_s <= now.time_since_epoch().count()) {
    return std::nullopt;
  }
  return std::move(kept->what);
}

void ticket_store::forget(std::string_view iden) const {
  const descriptor folder = open_folder(folder_);
  if (folder.open()) {
    ::unlinkat(folder.get(), ascii::to_lower(iden).c_str(), 0);
  }
}

}  // namespace c2c::client
