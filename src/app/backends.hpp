// From the configuration to the parts that it describes: what the service and --check both build.
#pragma once

#include <optional>
#include <string>

#include "app/worker.hpp"
#include "asterisk/exchange.hpp"
#include "cluster/peers.hpp"
#include "config/config.hpp"
#include "directory/mysql_pool.hpp"
#include "nonces/redis_store.hpp"
#include "redis/client.hpp"
#include "routing/kamailio_client.hpp"

namespace c2c::app {

asterisk::exchange_options exchange_options_for(const config::config& chosen);
// Of one of so many pools, which share db.max_connections.
directory::mysql_options mysql_options_for(const config::config& chosen, unsigned pools = 1,
                                           std::shared_ptr<directory::mysql_crowd> crowd = nullptr);
routing::kamailio_options kamailio_options_for(const config::config& chosen);

// Where several instances share what they know; null where this is the only one.
std::unique_ptr<cluster::peers> make_peers(asio::io_context& context, const std::optional<redis::options>& redis);

// Nothing where claims are kept in memory. Errors: unavailable (claims.redis_ca cannot be used).
result<std::optional<redis::options>> redis_options_for(const config::config& chosen);

// db.query as directory::make_mysql takes it; empty for IvozProvider's tables. Errors: unavailable, a sentence.
result<std::string> mysql_query_for(const config::config& chosen);

// Copies what it needs of the configuration. Errors: unavailable, backend_unavailable (the SQLite file cannot be
// opened).
result<worker::make_backends> backend_factory(const config::config& chosen, unsigned workers);

}  // namespace c2c::app
