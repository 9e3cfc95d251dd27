#include "routing/ladder.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "routing/answer_cache.hpp"

namespace c2c::routing {

struct ladder::core {
  core(executor ex_, std::vector<std::unique_ptr<source>> sources_, ladder_options options_)
      : ex(std::move(ex_)), sources(std::move(sources_)), options(std::move(options_)), cache(options.max_companies) {}

  executor ex;
  std::vector<std::unique_ptr<source>> sources;
  ladder_options options;
  answer_cache cache;
  std::unordered_map<std::uint64_t, std::shared_ptr<net::flight<servers>>> flights;
};

namespace {

void add(std::string& said, const source& who, const failure& why) {
  said += said.empty() ? "" : "; ";
  said += who.name();
  said += ": ";
  said += to_string(why.code);
  said += why.detail.empty() ? "" : " (" + why.detail + ")";
}

bool cannot_be_asked(const failure& why) noexcept {
  return why.code == errc::unavailable || why.code == errc::timed_out || why.code == errc::overloaded;
}

}  // namespace

ladder::ladder(executor ex, std::vector<std::unique_ptr<source>> sources, ladder_options options) {
  if (sources.empty()) {
    throw std::invalid_argument("a ladder needs a source");
  }
  if (!options.now) {
    options.now = steady_clock::now;
  }
  core_ = std::make_shared<core>(std::move(ex), std::move(sources), std::move(options));
}

task<result<servers>> ladder::first_choice(std::uint64_t company_id, steady_time by) {
  return look_up(core_, company_id, by);
}

task<result<servers>> ladder::alternatives(std::uint64_t company_id, servers tried, steady_time by) {
  auto under_way = std::make_shared<net::flight<servers>>(core_->ex);
  net::flight<servers>::take_off(under_way, merge(core_, company_id, std::move(tried)));
  return wait_for(std::move(under_way), by);
}

task<result<servers>> ladder::look_up(std::shared_ptr<core> self, std::uint64_t company_id, steady_time by) {
  const answer_cache::entry* known = self->cache.find(company_id);
  if (known != nullptr && self->options.now() < known->fresh_until) {
    co_return known->hosts;
  }
  auto under_way = self->flights[company_id];
  if (!under_way) {
    // Known to the others before it starts, as it takes itself off the list when it ends, which may be at once.
    under_way = std::make_shared<net::flight<servers>>(self->ex);
    self->flights[company_id] = under_way;
    net::flight<servers>::take_off(under_way, climb(self, company_id));
  }
  co_return co_await wait_for(std::move(under_way), by);
}

task<result<servers>> ladder::wait_for(std::shared_ptr<net::flight<servers>> under_way, steady_time by) {
  auto found = co_await net::flight<servers>::join(std::move(under_way), by);
  if (!found && found.error().code == errc::timed_out) {
    co_return fail(errc::no_application_server, std::move(found.error().detail));
  }
  co_return found;
}

task<result<servers>> ladder::climb(std::shared_ptr<core> self, std::uint64_t company_id) {
  // However the climb ends, the next look-up begins a new one.
  struct landing {
    std::shared_ptr<core> self;
    std::uint64_t company_id;
    landing(std::shared_ptr<core> self_, std::uint64_t company_id_) : self(std::move(self_)), company_id(company_id_) {}
    landing(const landing&) = delete;
    landing& operator=(const landing&) = delete;
    ~landing() { self->flights.erase(company_id); }
  };
  const landing end(self, company_id);
  std::string said;
  for (const auto& next : self->sources) {
    auto found = co_await next->find(company_id);
    const steady_time now = self->options.now();
    if (found && !found->empty()) {
      self->cache.store(
          {.company_id = company_id, .hosts = *found, .learnt = now, .fresh_until = now + self->options.fresh});
      co_return found;
    }
    const failure why = found ? failure(errc::not_found, "an empty list") : std::move(found.error());
    answer_cache::entry* known = self->cache.find(company_id);
    if (next == self->sources.front() && cannot_be_asked(why) && known != nullptr &&
        now - known->learnt < self->options.stale) {
      known->fresh_until = now + self->options.fresh;  // the calls of the next seconds need not find out again
      co_return known->hosts;
    }
    add(said, *next, why);
  }
  co_return fail(errc::no_application_server, std::move(said));
}

task<result<servers>> ladder::merge(std::shared_ptr<core> self, std::uint64_t company_id, servers tried) {
  servers out;
  std::string said;
  for (std::size_t i = 1; i < self->sources.size(); ++i) {
    source& next = *self->sources[i];
    auto found = co_await next.find(company_id);
    if (!found) {
      add(said, next, found.error());
      continue;
    }
    for (std::string& host : *found) {
      if (std::ranges::find(tried, host) == tried.end() && std::ranges::find(out, host) == out.end()) {
        out.push_back(std::move(host));
      }
    }
  }
  if (out.empty()) {
    co_return fail(errc::no_application_server, said.empty() ? "no source knows another server" : std::move(said));
  }
  co_return out;
}

}  // namespace c2c::routing
