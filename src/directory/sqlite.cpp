#include "directory/sqlite.hpp"

#include <utility>

#include "directory/names.hpp"
#include "directory/sqlite_file.hpp"

namespace c2c::directory {
namespace {

class sqlite_directory final : public directory {
 public:
  sqlite_directory(sqlite_file file, sqlite_statement by_name) : file_(std::move(file)), by_name_(std::move(by_name)) {}

  task<result<terminal>> find(std::string user, std::string realm, steady_time) override {
    co_return look_up(user, realm);
  }

 private:
  result<terminal> look_up(const std::string& user, const std::string& realm) {
    if (!can_exist(user, realm)) {
      return fail(errc::not_found, "no directory can hold this name");
    }
    by_name_.bind(1, user);
    by_name_.bind(2, realm);
    auto out = read_row();
    by_name_.reset();  // ends the read, so that the next one sees what was changed since
    return out;
  }

  result<terminal> read_row() {
    const auto row = by_name_.step();
    if (!row) {
      return fail(errc::backend_unavailable, row.error().detail);
    }
    if (!*row) {
      return fail(errc::not_found, "no such terminal");
    }
    return terminal{.name = by_name_.text(0),
                    .domain = by_name_.text(1),
                    .password = secret::take(by_name_.text(2)),
                    .endpoint = by_name_.text(3),
                    .extension = by_name_.text(4),
                    .company_id = by_name_.number(5),
                    .brand_id = by_name_.number(6)};
  }

  sqlite_file file_;
  sqlite_statement by_name_;  // ends before its file
};

}  // namespace

result<std::unique_ptr<directory>> make_sqlite(const std::string& path) {
  auto file = sqlite_file::open(path, sqlite_file::mode::read);
  if (!file) {
    return fail(errc::backend_unavailable, std::move(file.error().detail));
  }
  // The columns' own collation ignores the case of ASCII letters and of nothing else.
  auto by_name = file->prepare(
      "SELECT name, domain, password, endpoint, extension, company_id, brand_id FROM terminals"
      " WHERE name = ?1 AND domain = ?2 AND password <> ''");
  if (!by_name) {
    return fail(errc::backend_unavailable, std::move(by_name.error().detail));
  }
  return std::make_unique<sqlite_directory>(std::move(*file), std::move(*by_name));
}

}  // namespace c2c::directory
