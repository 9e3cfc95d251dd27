#include "directory/mysql_routing.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "routing/sip_uri.hpp"

namespace c2c::directory {
namespace {

// Kamailio's set number is the id of the company's ApplicationServerSet (IvozProvider: migration
// Version20240925122541).
constexpr std::string_view dispatcher_query =
    "SELECT k.destination FROM Companies AS c JOIN kam_dispatcher AS k ON k.setid = c.applicationServerSetId"
    " WHERE c.id = {0} ORDER BY k.priority DESC, k.destination LIMIT 64";
constexpr std::string_view servers_query = "SELECT ip FROM ApplicationServers ORDER BY id LIMIT 64";

bool is_host_character(char c) {
  return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':';
}

result<std::string> clean_host(std::string_view text) {
  constexpr std::size_t most_bytes = 253;
  if (text.empty() || text.size() > most_bytes || !std::ranges::all_of(text, is_host_character)) {
    return fail(errc::malformed, "no address");
  }
  return std::string(text);
}

template <class ToHost>
routing::servers hosts_of(const sql_rows& rows, ToHost to_host) {
  routing::servers out;
  for (const sql_row& row : rows) {
    if (row.empty() || !row.front()) {
      continue;
    }
    auto host = to_host(*row.front());
    if (host && std::ranges::find(out, *host) == out.end()) {
      out.push_back(std::move(*host));
    }
  }
  return out;
}

class mysql_source final : public routing::source {
 public:
  explicit mysql_source(std::shared_ptr<mysql_pool> pool) : pool_(std::move(pool)) {}

  task<result<routing::servers>> find(std::uint64_t company_id) override {
    auto destinations = co_await pool_->select(dispatcher_query, std::to_string(company_id));
    if (!destinations && !destinations.error().is_missing()) {
      co_return give_up(std::move(destinations.error()));
    }
    if (destinations) {
      routing::servers out = hosts_of(*destinations, routing::parse_sip_host);
      if (!out.empty()) {
        co_return out;
      }
    }
    auto addresses = co_await pool_->select(servers_query, {});
    if (!addresses && !addresses.error().is_missing()) {
      co_return give_up(std::move(addresses.error()));
    }
    if (addresses) {
      routing::servers out = hosts_of(*addresses, clean_host);
      if (!out.empty()) {
        co_return out;
      }
    }
    co_return fail(errc::not_found, "the database names no application server");
  }

 private:
  static std::unexpected<failure> give_up(sql_failure why) {
    return fail(why.code == errc::rejected ? errc::unavailable : why.code, std::move(why.detail));
  }

  std::shared_ptr<mysql_pool> pool_;
};

}  // namespace

std::unique_ptr<routing::source> make_mysql_source(std::shared_ptr<mysql_pool> pool) {
  return std::make_unique<mysql_source>(std::move(pool));
}

task<std::string> describe_mysql_source(std::shared_ptr<mysql_pool> pool) {
  const auto sets = co_await pool->select(dispatcher_query, "0");
  if (sets) {
    co_return "application servers can be read from kam_dispatcher";
  }
  const auto addresses = co_await pool->select(servers_query, {});
  const std::string grant =
      " (GRANT SELECT on kam_dispatcher and Companies for the company's own: " + sets.error().detail + ")";
  if (addresses) {
    co_return "application servers can be read from ApplicationServers only" + grant;
  }
  co_return "no application servers can be read here, so there is no fall-back from Kamailio" + grant;
}

}  // namespace c2c::directory
