// What Kamailio knows of a company's application servers: the one it last sent the company to, and its dispatcher sets.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/flight.hpp"
#include "routing/jsonrpc.hpp"
#include "routing/kamailio_client.hpp"
#include "routing/source.hpp"

namespace c2c::routing {

// htable.get on IvozProvider's AsPerCompanyId: one server, where the company's last outbound call went. Kamailio keeps
// the table in memory only, so a company that has not called since Kamailio started is not_found.
class htable_source final : public source {
 public:
  explicit htable_source(std::shared_ptr<kamailio_client> client, std::string table = "AsPerCompanyId")
      : client_(std::move(client)), table_(std::move(table)) {}

  std::string_view name() const noexcept override { return "htable"; }
  task<result<servers>> find(std::uint64_t company_id) override;

 private:
  std::shared_ptr<kamailio_client> client_;
  std::string table_;
};

// The set to take for a company: `wanted` if it is known, which must then be there. If it is not, the only set there
// is, or else set 0, where IvozProvider keeps its default servers: any application server of a site can place a
// company's call, as all of them read the same database, and a call through another set's server is better than none.
// Null: none fits.
const dispatcher_set* choose_set(std::span<const dispatcher_set> sets, std::optional<std::uint64_t> wanted);

// dispatcher.list: the servers of the company's set that answer Kamailio's pings, in the order of Kamailio's own hash.
// The list is the same for every company, so it is asked for at most once a second: after Kamailio has started anew
// every company comes here at once.
class dispatcher_source final : public source {
 public:
  // `sets` may be null, where no database can say which set is whose; one that fails is taken as if it were.
  dispatcher_source(std::shared_ptr<kamailio_client> client, std::unique_ptr<set_lookup> sets,
                    std::chrono::milliseconds good_for = std::chrono::milliseconds(1000))
      : client_(std::move(client)), sets_(std::move(sets)), good_for_(good_for) {}

  std::string_view name() const noexcept override { return "dispatcher"; }
  task<result<servers>> find(std::uint64_t company_id) override;

 private:
  using list = std::shared_ptr<const std::vector<dispatcher_set>>;

  static task<result<list>> fetch(std::shared_ptr<kamailio_client> client);
  task<result<list>> current();

  std::shared_ptr<kamailio_client> client_;
  std::unique_ptr<set_lookup> sets_;
  std::chrono::milliseconds good_for_;
  std::shared_ptr<net::flight<list>> fetching_;
  steady_time fetched_ = steady_time::min();
};

}  // namespace c2c::routing
