#include "app/backends.hpp"

#include <algorithm>
#include <utility>

#include "asterisk/event_filter.hpp"
#include "base/random.hpp"
#include "directory/mysql.hpp"
#include "directory/mysql_routing.hpp"
#include "directory/mysql_sets.hpp"
#include "directory/query.hpp"
#include "directory/sqlite.hpp"
#include "net/client_tls.hpp"
#include "redis/client.hpp"
#include "routing/fixed.hpp"
#include "routing/kamailio.hpp"
#include "routing/ladder.hpp"
#include "routing/usrloc.hpp"

namespace c2c::app {
namespace {

// The client's worker lives shorter than the figures.
routing::kamailio_options counted(routing::kamailio_options options, metrics::call_metrics& figures) {
  options.on_reply = [&kamailio = figures.of(metrics::backend::kamailio)](bool answered,
                                                                          std::chrono::nanoseconds took) {
    kamailio.note(answered, took, steady_clock::now());
  };
  return options;
}

std::unique_ptr<routing::router> make_router(asio::io_context& context, const config::config& chosen,
                                             const std::shared_ptr<directory::mysql_pool>& pool,
                                             metrics::call_metrics& figures) {
  if (!chosen.routing.application_servers.empty()) {
    return std::make_unique<routing::fixed>(chosen.routing.application_servers);
  }
  const auto client = std::make_shared<routing::kamailio_client>(context.get_executor(),
                                                                 counted(kamailio_options_for(chosen), figures));
  std::vector<std::unique_ptr<routing::source>> sources;
  sources.push_back(std::make_unique<routing::htable_source>(client));
  sources.push_back(
      std::make_unique<routing::dispatcher_source>(client, pool ? directory::make_mysql_sets(pool) : nullptr));
  if (pool) {
    sources.push_back(directory::make_mysql_source(pool));
  }
  return std::make_unique<routing::ladder>(context.get_executor(), std::move(sources));
}

std::unique_ptr<routing::registrar> make_phones(asio::io_context& context, const config::config& chosen,
                                                metrics::call_metrics& figures) {
  if (chosen.call.preflight == config::preflight::off) {
    return nullptr;
  }
  auto client = std::make_shared<routing::kamailio_client>(
      context.get_executor(), counted(routing::preflight_options(kamailio_options_for(chosen)), figures));
  return std::make_unique<routing::usrloc>(std::move(client), chosen.kamailio.location_table);
}

constexpr std::string_view name_characters = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t name_size = 16;

std::unique_ptr<nonces::store> make_claims(asio::io_context& context, const std::optional<redis::options>& redis) {
  return redis ? std::make_unique<nonces::redis_store>(context, redis::connector_to(*redis)) : nullptr;
}

}  // namespace

asterisk::exchange_options exchange_options_for(const config::config& chosen) {
  asterisk::exchange_options options;
  options.user = chosen.ami.user;
  options.secret = chosen.ami.secret.reveal();
  options.port = chosen.ami.port;
  options.event_filter = asterisk::event_filter;
  // An Originate that Asterisk has not even queued in this time is given up with the click that asked for it.
  options.response_timeout = std::chrono::milliseconds(2'000);
  return options;
}

directory::mysql_options mysql_options_for(const config::config& chosen, unsigned pools,
                                           std::shared_ptr<directory::mysql_crowd> crowd) {
  directory::mysql_options options;
  options.host = chosen.db.host;
  options.port = chosen.db.port;
  options.socket = chosen.db.socket;
  options.database = chosen.db.name;
  options.user = chosen.db.user;
  options.password = chosen.db.password;
  options.tls = chosen.db.tls;
  options.most_connections = std::clamp<std::size_t>(chosen.db.max_connections / pools, 1, options.most_connections);
  if (crowd) {
    options.crowd = std::move(crowd);
  }
  options.first_connections = std::min(options.first_connections, options.most_connections);
  return options;
}

routing::kamailio_options kamailio_options_for(const config::config& chosen) {
  routing::kamailio_options options;
  options.url = chosen.kamailio.rpc_url.value();
  return options;
}

result<std::string> mysql_query_for(const config::config& chosen) {
  if (chosen.db.query.empty()) {
    return std::string();
  }
  auto query = directory::compile_query(chosen.db.query);
  if (!query) {
    return fail(errc::unavailable, "db.query " + query.error().detail);
  }
  return query;
}

result<std::optional<redis::options>> redis_options_for(const config::config& chosen) {
  if (!chosen.claims.redis_url) {
    return std::nullopt;
  }
  redis::options options;
  options.link.server = *chosen.claims.redis_url;
  options.link.server.sentinel_login = chosen.claims.sentinel_login;
  if (!chosen.claims.redis_password.empty()) {
    options.link.server.password = chosen.claims.redis_password;
  }
  if (options.link.server.tls) {
    auto tls = net::make_client_tls(chosen.claims.redis_ca);
    if (!tls) {
      return fail(errc::unavailable, "claims.redis_ca: " + tls.error().detail);
    }
    options.link.tls = std::move(*tls);
  }
  return options;
}

std::unique_ptr<cluster::peers> make_peers(asio::io_context& context, const std::optional<redis::options>& redis) {
  if (!redis) {
    return nullptr;
  }
  cluster::peers::options options;
  redis::options for_calls = *redis;
  for_calls.link.limits.most_pending = 8'192;  // some ten for each call
  options.connect = redis::connector_to(std::move(for_calls));
  random_source random;
  while (options.name.size() < name_size) {
    options.name += name_characters[random.below(name_characters.size())];
  }
  return std::make_unique<cluster::peers>(context, std::move(options));
}

result<worker::make_backends> backend_factory(const config::config& chosen, unsigned workers) {
  auto redis = redis_options_for(chosen);
  if (!redis) {
    return std::unexpected(redis.error());
  }
  if (chosen.db.driver == config::db_driver::sqlite) {
    // Opened once here, so that a missing file stops the start.
    if (const auto opened = directory::make_sqlite(chosen.db.path); !opened) {
      return std::unexpected(opened.error());
    }
    return [chosen, redis = std::move(*redis)](asio::io_context& context, metrics::call_metrics& figures) {
      backends made;
      made.claims = make_claims(context, redis);
      made.directory = directory::make_sqlite(chosen.db.path).value();
      made.router = make_router(context, chosen, nullptr, figures);
      made.phones = make_phones(context, chosen, figures);
      return made;
    };
  }
  auto query = mysql_query_for(chosen);
  if (!query) {
    return std::unexpected(query.error());
  }
  return [chosen, workers, crowd = std::make_shared<directory::mysql_crowd>(), query = std::move(*query),
          redis = std::move(*redis)](asio::io_context& context, metrics::call_metrics& figures) {
    const auto pool = std::make_shared<directory::mysql_pool>(context, mysql_options_for(chosen, workers, crowd));
    backends made;
    made.claims = make_claims(context, redis);
    made.directory = directory::make_mysql(pool, query);
    made.router = make_router(context, chosen, pool, figures);
    made.phones = make_phones(context, chosen, figures);
    return made;
  };
}

}  // namespace c2c::app
