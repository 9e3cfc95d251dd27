#include "directory/sqlite_file.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace c2c::directory {
namespace {

constexpr std::uint64_t schema_version = 1;
// The service's worker answers everybody else meanwhile; an administrator can wait.
constexpr int service_patience_ms = 100;
constexpr int administrator_patience_ms = 5000;

constexpr const char* schema =
    "CREATE TABLE terminals ("
    " name TEXT NOT NULL COLLATE NOCASE,"
    " domain TEXT NOT NULL COLLATE NOCASE,"
    " password TEXT NOT NULL,"
    " endpoint TEXT NOT NULL,"
    " extension TEXT NOT NULL,"
    " company_id INTEGER NOT NULL DEFAULT 1,"
    " brand_id INTEGER NOT NULL DEFAULT 1,"
    " PRIMARY KEY (name, domain)"
    ") WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

std::string reason(int error) {
  return std::generic_category().message(error);
}

// Makes the file before SQLite does, as it holds passwords. A file made by root belongs to the folder's owner, who is
// the service; SQLite then gives the log files beside it to the same owner.
result<void> make_file(const std::string& path) {
  constexpr mode_t owner_and_group = 0640;
  const int file =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, owner_and_group);  // NOLINT(*-vararg)
  if (file < 0) {
    if (errno == EEXIST) {
      return {};
    }
    return fail(errno == ENOENT ? errc::not_found : errc::unavailable,
                fmt::format("cannot create {}: {}", path, reason(errno)));
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  struct stat facts{};
  int error = 0;
  if (::geteuid() == 0 && ::stat(folder.empty() ? "." : folder.c_str(), &facts) == 0 &&
      ::fchown(file, facts.st_uid, facts.st_gid) != 0) {
    error = errno;
  }
  ::close(file);
  if (error != 0) {
    return fail(errc::unavailable, fmt::format("cannot give {} to the owner of its folder: {}", path, reason(error)));
  }
  return {};
}

}  // namespace

sqlite_statement::sqlite_statement(sqlite_statement&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}

sqlite_statement::~sqlite_statement() {
  sqlite3_finalize(raw_);
}

void sqlite_statement::reset() noexcept {
  sqlite3_reset(raw_);
  sqlite3_clear_bindings(raw_);
}

void sqlite_statement::bind(int place, std::string_view text) noexcept {
  // An empty view may point nowhere, which SQLite would take for NULL.
  sqlite3_bind_text(raw_, place, text.empty() ? "" : text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);  // NOLINT
}

void sqlite_statement::bind(int place, std::uint64_t number) noexcept {
  sqlite3_bind_int64(raw_, place, static_cast<sqlite3_int64>(number));
}

result<bool> sqlite_statement::step() {
  switch (sqlite3_step(raw_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return fail(errc::unavailable, sqlite3_errmsg(sqlite3_db_handle(raw_)));
  }
}

std::string sqlite_statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(raw_, column));
  return bytes == nullptr ? std::string()
                          : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(raw_, column)));
}

std::uint64_t sqlite_statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(raw_, column));
}

void sqlite_file::closer::operator()(sqlite3* raw) const noexcept {
  sqlite3_close_v2(raw);
}

std::unexpected<failure> sqlite_file::error(std::string_view where) const {
  return fail(errc::unavailable, fmt::format("{}: {}", where, sqlite3_errmsg(raw_.get())));
}

result<void> sqlite_file::run(const char* sql) {
  if (sqlite3_exec(raw_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error("the terminals' database");
  }
  return {};
}

result<sqlite_statement> sqlite_file::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                         nullptr) != SQLITE_OK) {
    return error("the terminals' database");
  }
  return sqlite_statement(raw);
}

int sqlite_file::changes() const {
  return sqlite3_changes(raw_.get());
}

result<std::uint64_t> sqlite_file::version() {
  auto asked = prepare("PRAGMA user_version");
  if (!asked) {
    return std::unexpected(std::move(asked.error()));
  }
  const auto row = asked->step();
  if (!row) {
    return std::unexpected(row.error());
  }
  return asked->number(0);
}

// Several administrators may do so at once: whoever comes second finds the tables made and goes on with them.
result<void> sqlite_file::make_tables(const std::string& path) {
  result<void> made = run("BEGIN IMMEDIATE");
  if (!made) {
    return made;
  }
  const auto found = version();
  if (found && *found == 0) {
    auto tables = prepare("SELECT count(*) FROM sqlite_schema");
    const auto row = tables ? tables->step() : result<bool>(false);
    if (!row || !*row || tables->number(0) != 0) {
      made = fail(errc::malformed, fmt::format("{} is another program's database", path));
    } else {
      tables->reset();
      made = run(schema);
    }
  }
  const auto ended = run(made ? "COMMIT" : "ROLLBACK");
  return made ? ended : made;
}

result<void> sqlite_file::set_up(const std::string& path, mode how) {
  sqlite3_busy_timeout(raw_.get(), how == mode::read ? service_patience_ms : administrator_patience_ms);
  auto found = version();
  if (!found) {
    return fail(errc::unavailable, fmt::format("{} is no database of terminals: {}", path, found.error().detail));
  }
  if (*found == 0 && how == mode::create) {
    if (auto made = make_tables(path); !made) {
      return made;
    }
    found = schema_version;
  }
  if (*found == 0) {
    return fail(errc::malformed,
                fmt::format("{} holds no terminals: make a file with `click2calld terminal add`", path));
  }
  if (*found > schema_version) {
    return fail(errc::malformed, fmt::format("{} was made by a newer click2calld (schema {}, this one reads {})", path,
                                             *found, schema_version));
  }
  if (how == mode::read) {
    return run("PRAGMA query_only = ON");
  }
  // Readers beside a writer (sqlite.org/wal.html). It stays with the file; where another writer is in the way now, the
  // next one sets it.
  [[maybe_unused]] const auto set = run("PRAGMA journal_mode = WAL");
  return {};
}

result<sqlite_file> sqlite_file::open(const std::string& path, mode how) {
  if (how == mode::create) {
    if (auto made = make_file(path); !made) {
      return std::unexpected(std::move(made.error()));
    }
  } else if (::access(path.c_str(), F_OK) != 0) {
    return fail(
        errc::not_found,
        fmt::format("{0}: {1}; create it with `click2calld terminal add NAME@DOMAIN --extension NUMBER --db {0}`", path,
                    reason(errno)));
  }
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  sqlite_file out{std::unique_ptr<sqlite3, closer>(raw)};
  if (opened != SQLITE_OK) {
    return out.error(fmt::format("cannot open {}", path));
  }
  if (auto ready = out.set_up(path, how); !ready) {
    return std::unexpected(std::move(ready.error()));
  }
  return out;
}

}  // namespace c2c::directory
