// A whole instance, from placement down to board and cluster: only its sockets, its directory and its router are
// models.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agenda.hpp"
#include "auth/digest.hpp"
#include "auth/nonce.hpp"
#include "auth/throttle.hpp"
#include "auth/ticket.hpp"
#include "base/random.hpp"
#include "call/board.hpp"
#include "call/dialler.hpp"
#include "call/placement.hpp"
#include "cluster/peers.hpp"
#include "cluster/sharing.hpp"
#include "metrics/metrics.hpp"
#include "model_pbx.hpp"
#include "model_redis.hpp"
#include "nonces/redis_store.hpp"

namespace c2c::sim {

inline constexpr std::size_t most_calls = 1'000;
inline constexpr std::string_view domain = "d.example";
inline constexpr std::string_view password = "a password";
inline constexpr std::string_view secret_of_all = "0123456789abcdef0123456789abcdef";

// Knows every terminal of the domain; the companies have a first server each.
class model_directory final : public c2c::directory::directory {
 public:
  task<result<c2c::directory::terminal>> find(std::string user, std::string realm, steady_time) override {
    c2c::directory::terminal found{.name = user,
                                   .domain = realm,
                                   .password = secret(password),
                                   .endpoint = "e-" + user,
                                   .extension = "101",
                                   .company_id = user.size() % 2};
    co_return found;
  }
};

// All instances know the same servers of a company.
class model_router final : public routing::router {
 public:
  explicit model_router(routing::servers servers) : servers_(std::move(servers)) {}

  task<result<routing::servers>> first_choice(std::uint64_t company, steady_time) override {
    co_return routing::servers{servers_[company % servers_.size()]};
  }
  task<result<routing::servers>> alternatives(std::uint64_t, routing::servers tried, steady_time) override {
    routing::servers left;
    for (const std::string& server : servers_) {
      if (std::ranges::find(tried, server) == tried.end()) {
        left.push_back(server);
      }
    }
    if (left.empty()) {
      co_return fail(errc::no_application_server);
    }
    co_return left;
  }

 private:
  routing::servers servers_;
};

// What answers requests. A reload puts a new one before the old one, which lives until its requests are answered.
struct front {
  front(loop& of, model_redis& redis, call::dialler& dial, const std::vector<model_asterisk*>& servers,
        auth::throttle& throttle)
      : used_nonces(of.context(), redis.connector_for(of)),
        router(names_of(servers)),
        placement({signer, digester, random, used_nonces, terminals, router, dial, tickets, throttle, nullptr, counted},
                  {.defaults = {.max_duration = longest_talk}}) {}

  static routing::servers names_of(const std::vector<model_asterisk*>& servers) {
    routing::servers out;
    for (const model_asterisk* const server : servers) {
      out.push_back(server->name());
    }
    return out;
  }

  nonces::redis_store used_nonces;
  model_directory terminals;
  model_router router;
  auth::nonce_signer signer{secret_of_all, std::chrono::seconds(30)};
  auth::ticket_signer tickets{secret_of_all};
  auth::digester digester;
  random_source random;
  metrics::call_metrics counted;
  call::placement placement;
};

struct instance {
  instance(agenda& world, loop& of, model_redis& redis, const std::vector<model_asterisk*>& all, std::string name_)
      : name(std::move(name_)),
        on(of),
        store(redis),
        servers(all),
        pbx(world, of, servers, name),
        calls({.max_calls = most_calls, .times = {.watch_unheard = std::chrono::minutes(5)}}),
        peers(of.context(), {.connect = redis.connector_for(of), .name = name}),
        shared(of.context(), calls, peers),
        dial({.context = of.context(), .pbx = pbx, .calls = calls, .others = &shared, .on_change = {}}, {}) {
    reload();
  }

  void reload() { fronts.push_back(std::make_unique<front>(on, store, dial, servers, throttle)); }
  front& newest() { return *fronts.back(); }

  std::string name;
  loop& on;
  model_redis& store;
  const std::vector<model_asterisk*>& servers;
  model_port pbx;
  call::board calls;
  cluster::peers peers;
  cluster::sharing shared;
  call::dialler dial;
  auth::throttle throttle{{.requests_per_address = 0, .calls_per_terminal = 0, .wrong_digests = 0}, secret_of_all};
  std::vector<std::unique_ptr<front>> fronts;
};

}  // namespace c2c::sim
