#include "directory/mysql_sets.hpp"

#include <charconv>
#include <utility>

namespace c2c::directory {
namespace {

constexpr std::string_view set_query = "SELECT applicationServerSetId FROM Companies WHERE id = {0}";

class mysql_sets final : public routing::set_lookup {
 public:
  explicit mysql_sets(std::shared_ptr<mysql_pool> pool) : pool_(std::move(pool)) {}

  task<result<std::uint64_t>> set_of(std::uint64_t company_id) override {
    const auto rows = co_await pool_->select(set_query, std::to_string(company_id));
    if (!rows) {
      const bool missing = rows.error().is_missing();
      co_return fail(missing ? errc::not_found : errc::backend_unavailable, rows.error().detail);
    }
    if (rows->empty() || rows->front().empty() || !rows->front().front()) {
      co_return fail(errc::not_found, "the company has no set of application servers");
    }
    const std::string& text = *rows->front().front();
    std::uint64_t set = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), set);
    if (ec != std::errc() || end != text.data() + text.size()) {
      co_return fail(errc::not_found, "the company's set of application servers is no number");
    }
    co_return set;
  }

 private:
  std::shared_ptr<mysql_pool> pool_;
};

}  // namespace

std::unique_ptr<routing::set_lookup> make_mysql_sets(std::shared_ptr<mysql_pool> pool) {
  return std::make_unique<mysql_sets>(std::move(pool));
}

}  // namespace c2c::directory
