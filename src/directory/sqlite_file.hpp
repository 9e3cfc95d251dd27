// The file of terminals, opened and checked: the only place that knows SQLite.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/errc.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace c2c::directory {

// A prepared statement, kept and run again. Ends before its file does.
class sqlite_statement {
 public:
  sqlite_statement(const sqlite_statement&) = delete;
  sqlite_statement(sqlite_statement&& other) noexcept;
  sqlite_statement& operator=(const sqlite_statement&) = delete;
  sqlite_statement& operator=(sqlite_statement&&) = delete;
  ~sqlite_statement();

  // Makes it ready for a new run and binds ?1, ?2, … Numbers beyond 63 bits are none of ours.
  void reset() noexcept;
  void bind(int place, std::string_view text) noexcept;  // the text is copied
  void bind(int place, std::uint64_t number) noexcept;

  // True where there is a row, false at the end. Errors: unavailable, with SQLite's words.
  result<bool> step();

  // Columns from 0, of the row that step() found; NULL is empty or 0.
  std::string text(int column) const;
  std::uint64_t number(int column) const;

 private:
  friend class sqlite_file;
  explicit sqlite_statement(sqlite3_stmt* raw) noexcept : raw_(raw) {}
  sqlite3_stmt* raw_;
};

// Used on one thread. Write-ahead logging: a reader never waits for a writer, and sees what was committed before it
// asked.
class sqlite_file {
 public:
  enum class mode : std::uint8_t {
    read,    // by the service; the file exists
    change,  // by the administrator; the file exists
    create,  // likewise, and it is made with mode 0640, owned as its folder is, where it does not exist
  };

  // Errors: not_found (no such file, or no such folder; the detail says which command makes it), unavailable (no right,
  // no database), malformed (another program's database, or a newer schema).
  static result<sqlite_file> open(const std::string& path, mode how);

  // Errors: unavailable.
  result<sqlite_statement> prepare(std::string_view sql);
  result<void> run(const char* sql);
  // Rows that the last statement changed.
  int changes() const;

 private:
  struct closer {
    void operator()(sqlite3* raw) const noexcept;
  };
  explicit sqlite_file(std::unique_ptr<sqlite3, closer> raw) : raw_(std::move(raw)) {}
  result<std::uint64_t> version();
  result<void> make_tables(const std::string& path);
  result<void> set_up(const std::string& path, mode how);
  std::unexpected<failure> error(std::string_view where) const;

  std::unique_ptr<sqlite3, closer> raw_;
};

}  // namespace c2c::directory
