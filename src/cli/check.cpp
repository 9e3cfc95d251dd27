#include "cli/check.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <ostream>

#include <boost/asio/co_spawn.hpp>

#include "app/backends.hpp"
#include "base/ascii.hpp"
#include "base/random.hpp"
#include "cli/ami_check.hpp"
#include "cli/machine.hpp"
#include "directory/mysql.hpp"
#include "directory/mysql_routing.hpp"
#include "directory/sqlite.hpp"
#include "net/client_tls.hpp"
#include "net/connection.hpp"
#include "redis/client.hpp"
#include "routing/jsonrpc.hpp"
#include "routing/kamailio.hpp"
#include "routing/usrloc.hpp"

namespace c2c::cli {
namespace {

constexpr std::chrono::seconds patience{5};

class checker {
 public:
  checker(const config::config& chosen, std::ostream& out) : chosen_(chosen), out_(out) {}

  bool run() {
    say("configuration", true, "valid");
    for (const finding& found : look_at_machine(chosen_)) {
      say(found.subject, found.is, found.text);
    }
    asio::co_spawn(context_.get_executor(), check_all(), [](const std::exception_ptr& thrown) {
      if (thrown) {
        std::rethrow_exception(thrown);
      }
    });
    context_.run();
    return well_;
  }

 private:
  void say(std::string_view subject, bool well, std::string_view text) {
    say(subject, well ? verdict::well : verdict::wrong, text);
  }

  void say(std::string_view subject, verdict is, std::string_view text) {
    constexpr std::array words{"ok    ", "warn  ", "FAIL  "};
    well_ = well_ && is != verdict::wrong;
    out_ << words.at(static_cast<std::size_t>(is)) << subject << ": " << text << '\n';
  }

  task<void> check_all() {
    co_await check_directory();
    co_await check_claims();
    routing::servers hosts = chosen_.routing.application_servers;
    if (hosts.empty()) {
      co_await check_kamailio(&hosts);
    }
    if (hosts.empty() && pool_) {
      const auto known = co_await directory::make_mysql_source(pool_)->find(1);
      hosts = known.value_or(hosts);
    }
    if (hosts.empty()) {
      say("ami", false,
          "no application server is known yet, so none was tried: neither Kamailio's dispatcher nor the database names "
          "one");
    }
    asterisk::exchange exchange(context_, app::exchange_options_for(chosen_));
    ami_check check(context_, exchange);
    for (const std::string& host : hosts) {
      co_await check_ami(&exchange, &check, host);
    }
    co_await exchange.close();
    pool_.reset();
    co_await check_webhook();
  }

  // Nothing is posted: whoever is there would take it for a call.
  task<void> check_webhook() {
    const auto& hook = chosen_.progress.webhook;
    if (!hook.url) {
      co_return;
    }
    std::shared_ptr<asio::ssl::context> tls;
    if (hook.url->tls) {
      auto made = net::make_client_tls(hook.ca);
      if (!made) {
        say("webhook", false, "progress.webhook.ca: " + made.error().detail);
        co_return;
      }
      tls = std::move(*made);
    }
    const auto wire = std::make_shared<net::connection>(context_.get_executor());
    const auto opened = co_await net::connection::open(wire, hook.url->server, tls, steady_clock::now() + patience);
    wire->close();
    say("webhook", opened.has_value(),
        hook.url->place() + (opened ? " can be reached"
                                    : ": " + opened.error().detail +
                                          "; check progress.webhook.url, and let this host reach the receiver"));
  }

  task<void> check_directory() {
    if (chosen_.db.driver == config::db_driver::sqlite) {
      const auto opened = directory::make_sqlite(chosen_.db.path);
      say("directory", opened.has_value(), opened ? chosen_.db.path + " is usable" : opened.error().detail);
      co_return;
    }
    const auto query = app::mysql_query_for(chosen_);
    if (!query) {
      say("directory", false, query.error().detail);
      co_return;
    }
    pool_ = std::make_shared<directory::mysql_pool>(context_, app::mysql_options_for(chosen_));
    const auto answer = co_await directory::check_mysql(pool_, *query);
    say("directory", answer.has_value(), answer ? *answer : answer.error().detail);
  }

  task<void> check_claims() {
    auto options = app::redis_options_for(chosen_);
    if (!options) {
      say("claims", false, options.error().detail);
    }
    if (!options || !*options) {
      co_return;
    }
    const std::string place = "Redis at " + (*options)->link.server.place();
    if (co_await is_cluster(**options)) {
      say("claims", false, place + ": " + std::string(redis::no_clusters));
      co_return;
    }
    nonces::redis_store store(context_, redis::connector_to(**options));
    random_source random;
    const nonces::key unused = (nonces::key{random.next_u32()} << 32U) | random.next_u32();
    const auto soon =
        std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::seconds(1);
    const auto claimed = co_await store.claim(unused, soon);
    say("claims", claimed.has_value(),
        place + (claimed ? " takes claims"
                         : ": " + claimed.error().detail + "; check claims.redis_url, and that its user may SET"));
    if (claimed) {
      const std::string refused = co_await refused_commands(**options);
      say("instances", refused.empty(),
          place + (refused.empty() ? " lets instances tell one another of their calls"
                                   : " refuses" + refused + "; its user needs what docs/operations.md lists"));
    }
  }

  // Where one node keeps all keys, too: a cluster answers for keys of one slot at a time. Who may not ask is told by
  // the first key that its node does not keep.
  task<bool> is_cluster(redis::options options) {
    redis::client asking(context_, std::move(options));
    const auto found = co_await asking.ask({"MGET", "c2c:check:1", "c2c:check:2"});
    co_return !found && found.error().detail == redis::no_clusters;
  }

  // Of those that a claim does not need: the cluster does.
  task<std::string> refused_commands(redis::options options) {
    redis::client asking(context_, options);
    redis::client listening(context_, options);
    std::string refused;
    const auto note = [&refused](std::string_view command, const result<redis::answer>& reply) {
      if (!reply) {
        refused.append(" ").append(command);
      }
    };
    note("GET", co_await asking.ask({"GET", "c2c:check"}));
    note("MGET", co_await asking.ask({"MGET", "c2c:check"}));
    note("EXISTS", co_await asking.ask({"EXISTS", "c2c:check"}));
    note("DEL", co_await asking.ask({"DEL", "c2c:check"}));
    note("PUBLISH", co_await asking.ask({"PUBLISH", "c2c:check", ""}));
    note("SUBSCRIBE", co_await listening.ask({"SUBSCRIBE", "c2c:check"}));
    note("PING", co_await listening.ask({"PING"}));
    note("UNSUBSCRIBE", co_await listening.ask({"UNSUBSCRIBE", "c2c:check"}));
    co_return refused;
  }

  task<void> check_kamailio(routing::servers* hosts) {
    const auto client =
        std::make_shared<routing::kamailio_client>(context_.get_executor(), app::kamailio_options_for(chosen_));
    // No company has the id 0: the answer "no such key" shows that the table is there.
    const auto asked = co_await routing::htable_source(client).find(0);
    if (asked || asked.error().code == errc::not_found) {
      say("kamailio", true, "htable AsPerCompanyId can be read at " + chosen_.kamailio.rpc_url->place());
    } else {
      say("kamailio", false,
          asked.error().detail +
              "; set kamailio.rpc_url to the users' Kamailio's RPC address and let this host reach it");
      co_return;
    }
    if (chosen_.call.preflight != config::preflight::off) {
      co_await check_registrations(client);
    }
    const auto reply = co_await client->post(routing::dispatcher_list_request());
    const auto sets =
        reply ? routing::parse_dispatcher_list(reply->status, reply->body) : std::unexpected(reply.error());
    if (!sets) {
      say("kamailio", true, "dispatcher.list gives nothing (" + sets.error().detail + "): no fallback through it");
      co_return;
    }
    for (const auto& set : *sets) {
      for (const auto& destination : set.destinations) {
        if (std::ranges::find(*hosts, destination.host) == hosts->end()) {
          hosts->push_back(destination.host);
        }
      }
    }
    say("kamailio", true, "dispatcher.list names " + std::to_string(hosts->size()) + " application servers");
  }

  task<void> check_registrations(std::shared_ptr<routing::kamailio_client> client) {
    const std::string& table = chosen_.kamailio.location_table;
    // Nobody can register there (RFC 2606): the answer "not registered" shows that the table is there.
    const auto asked =
        co_await routing::usrloc(std::move(client), table).registered("nobody", "check.invalid", steady_time::max());
    say("kamailio", asked.has_value(),
        asked ? "registrations can be looked up in " + table
              : asked.error().detail +
                    "; set kamailio.location_table to the table that its REGISTER route saves to, or " +
                    "call.preflight to off");
  }

  task<void> check_ami(asterisk::exchange* exchange, ami_check* check, std::string host) {
    const std::string where = "ami " + host;
    const auto missing = co_await check->missing(host);
    if (!missing) {
      std::string why = missing.error().detail;
      for (const auto& link : exchange->status()) {
        if (link.host == host && !link.last_failure.empty()) {
          why = link.last_failure;
        }
      }
      say(where, false,
          why +
              "; manager.conf needs enabled=yes, a bindaddr and permit that this host reaches, and ami.user with "
              "ami.secret");
      co_return;
    }
    for (const std::string& sentence : *missing) {
      say(where, false, "logged in, but " + sentence);
    }
    if (missing->empty()) {
      say(where, true, "logged in, may originate and hang up, hears of its calls");
    }
    if (!co_await check->lists_channels(host)) {
      say(where, true, "may not list channels (write=system or reporting): calls of a lost session end as 'other'");
    }
  }

  const config::config& chosen_;
  std::ostream& out_;
  asio::io_context context_{1};
  std::shared_ptr<directory::mysql_pool> pool_;
  bool well_ = true;
};

}  // namespace

bool check(const config::config& chosen, std::ostream& out) {
  return checker(chosen, out).run();
}

}  // namespace c2c::cli
