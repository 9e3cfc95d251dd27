#include "routing/kamailio.hpp"

#include <algorithm>
#include <utility>

namespace c2c::routing {

task<result<servers>> htable_source::find(std::uint64_t company_id) {
  const auto reply = co_await client_->post(htable_get_request(table_, company_id));
  if (!reply) {
    co_return std::unexpected(reply.error());
  }
  auto host = parse_htable_reply(reply->status, reply->body);
  if (!host) {
    co_return std::unexpected(std::move(host.error()));
  }
  servers out;
  out.push_back(std::move(*host));
  co_return out;
}

const dispatcher_set* choose_set(std::span<const dispatcher_set> sets, std::optional<std::uint64_t> wanted) {
  if (!wanted && sets.size() == 1) {
    return sets.data();
  }
  const auto found = std::ranges::find(sets, wanted.value_or(0), &dispatcher_set::id);
  return found == sets.end() ? nullptr : &*found;
}

task<result<servers>> dispatcher_source::find(std::uint64_t company_id) {
  const auto sets = co_await current();
  if (!sets) {
    co_return std::unexpected(sets.error());
  }
  std::optional<std::uint64_t> wanted;
  if (sets_) {
    const auto known = co_await sets_->set_of(company_id);
    wanted = known ? std::optional(*known) : std::nullopt;
  }
  const dispatcher_set* set = choose_set(**sets, wanted);
  if (set == nullptr) {
    co_return fail(errc::not_found, "Kamailio has no dispatcher set " + std::to_string(wanted.value_or(0)));
  }
  servers out = order_by_hash(set->destinations, company_id);
  if (out.empty()) {
    co_return fail(errc::not_found, "no server of dispatcher set " + std::to_string(set->id) + " is active");
  }
  co_return out;
}

task<result<dispatcher_source::list>> dispatcher_source::fetch(std::shared_ptr<kamailio_client> client) {
  const auto reply = co_await client->post(dispatcher_list_request());
  if (!reply) {
    co_return std::unexpected(reply.error());
  }
  auto sets = parse_dispatcher_list(reply->status, reply->body);
  if (!sets) {
    co_return std::unexpected(std::move(sets.error()));
  }
  co_return std::make_shared<const std::vector<dispatcher_set>>(std::move(*sets));
}

task<result<dispatcher_source::list>> dispatcher_source::current() {
  const steady_time now = steady_clock::now();
  const result<list>* last = fetching_ ? fetching_->answer() : nullptr;
  const bool old = last != nullptr && (!*last || now - fetched_ >= good_for_);
  if (!fetching_ || old) {
    fetched_ = now;
    fetching_ = std::make_shared<net::flight<list>>(client_->get_executor());
    net::flight<list>::take_off(fetching_, fetch(client_));
  }
  return net::flight<list>::join(fetching_);
}

}  // namespace c2c::routing
