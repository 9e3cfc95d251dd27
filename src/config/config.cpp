#include "config/config.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "call/dial_pattern.hpp"
#include "config/reader.hpp"
#include "config/secrets.hpp"
#include "config/sections.hpp"
#include "net/web_url.hpp"
#include "redis/url.hpp"

namespace c2c::config {
namespace {

constexpr std::size_t most_listed = 256;  // origins, networks or servers

// A list whose items all pass `right`; `wanted` says what an item must be.
template <class Right>
std::optional<std::vector<text_item>> checked_list(reader& all, section& part, std::string_view path, Right right,
                                                   std::string_view wanted) {
  auto items = part.list(path.substr(path.find('.') + 1));
  if (!items) {
    return std::nullopt;
  }
  if (items->size() > most_listed) {
    part.wrong(path.substr(path.find('.') + 1), fmt::format("must have at most {} items", most_listed));
    return std::nullopt;
  }
  for (const text_item& item : *items) {
    if (!right(item.text)) {
      all.note(item.line, fmt::format("{}: \"{}\" must be {}", path, shown(item.text), wanted));
    }
  }
  return items;
}

void read_tls(section& part, server_section& out) {
  set(out.tls_cert, part.file("tls_cert"));
  set(out.tls_key, part.file("tls_key"));
  if (out.tls_cert.empty() != out.tls_key.empty()) {
    part.wrong(out.tls_cert.empty() ? "tls_key" : "tls_cert",
               "is given without its pair: set both tls_cert and tls_key for HTTPS, or neither for plain HTTP");
  }
}

void read_server(reader& all, server_section& out) {
  section part(all, "server");
  constexpr std::string_view wanted = "must be an address and a port, as in \"0.0.0.0:9090\" or \"[::1]:9090\"";
  if (const auto text = part.text("listen")) {
    if (auto value = parse_listen_address(*text)) {
      out.listen = std::move(*value);
    } else {
      part.wrong("listen", fmt::format("{}, not \"{}\"", wanted, shown(*text)));
    }
  }
  if (const auto text = part.text("admin_listen"); text && !text->empty()) {
    out.admin_listen = parse_listen_address(*text);
    if (!out.admin_listen) {
      part.wrong("admin_listen", fmt::format("{}, not \"{}\"", wanted, shown(*text)));
    }
  }
  read_tls(part, out);
  set(out.workers, part.integer("workers", {.least = 0, .most = 256}));
  set(out.max_connections, part.integer("max_connections", {.least = 1, .most = 1'000'000}));
  if (const auto items = checked_list(all, part, "server.allowed_origins", is_origin,
                                      "\"*\" or an origin as browsers send it, \"https://crm.example.com\"")) {
    out.allowed_origins.clear();
    for (const text_item& item : *items) {
      out.allowed_origins.push_back(item.text);
    }
  }
  if (const auto items = checked_list(all, part, "server.admin_hosts", net::is_host,
                                      "a host's name without a port, \"metrics.example.com\"")) {
    for (const text_item& item : *items) {
      out.admin_hosts.push_back(item.text);
    }
  }
  const auto is_network = [](std::string_view text) { return parse_network(text).has_value(); };
  if (const auto items = checked_list(all, part, "server.trusted_proxies", is_network,
                                      "a network with no bits set beyond its prefix, as in \"10.0.0.0/8\"")) {
    for (const text_item& item : *items) {
      out.trusted_proxies.push_back(parse_network(item.text).value_or(""));
    }
  }
}

void read_digest(reader& all, digest_section& out) {
  section part(all, "digest");
  constexpr std::int64_t reference_ttl_s = 30;
  if (const auto value = part.integer(
          "nonce_ttl", {.least = std::numeric_limits<std::int64_t>::min(), .most = 3600, .unit = "seconds"})) {
    out.nonce_ttl = std::chrono::seconds(*value <= 0 ? reference_ttl_s : *value);
  }
  constexpr std::string_view how = "make one with `openssl rand -hex 32`, the same for every instance of the service";
  if (auto key = read_signing_secret(part, "secret", how)) {
    out.key = std::move(*key);
  }
}

void read_ami(reader& all, ami_section& out) {
  section part(all, "ami");
  set(out.user, part.text("user"));
  set(out.port, part.integer("port", any_port));
  require(part, "user", out.user, "set the user of Asterisk's manager.conf, \"ivozamiuser\" on IvozProvider");
  if (std::ranges::any_of(out.user, ascii::is_control)) {
    part.wrong("user", "must be one line without control characters");
  }
  auto value = read_secret(part, "secret");
  if (!value.is_set || (value.value && value.value->empty())) {
    part.wrong("secret", "is missing: set the secret of that user in Asterisk's manager.conf");
  } else if (value.value) {
    out.secret = std::move(*value.value);
  }
}

void read_location_table(section& part, kamailio_section& out) {
  constexpr std::size_t most_bytes = 64;
  const auto table = part.text("location_table");
  if (!table) {
    return;
  }
  const bool plain = std::ranges::all_of(*table, [](char c) { return ascii::is_alnum(c) || c == '_'; });
  if (table->empty() || table->size() > most_bytes || !plain) {
    part.wrong("location_table",
               fmt::format("must be the name of a table of at most {} letters, digits and underscores, not \"{}\"",
                           most_bytes, shown(*table)));
  }
  out.location_table = *table;
}

void read_routing(reader& all, config& out) {
  section kamailio(all, "kamailio");
  section fixed(all, "routing");
  const std::string rpc_url = kamailio.text("rpc_url").value_or("");
  read_location_table(kamailio, out.kamailio);
  if (!rpc_url.empty()) {
    const bool plain = ascii::iequals(std::string_view(rpc_url).substr(0, 7), "http://");
    auto url = plain ? net::parse_web_url(rpc_url) : fail(errc::malformed, "it must begin with http://");
    if (url) {
      out.kamailio.rpc_url = std::move(*url);
    } else {
      kamailio.wrong("rpc_url", fmt::format("is no such URL as \"http://users.ivozprovider.local:8000/RPC\": {}",
                                            url.error().detail));
    }
  }
  if (const auto items = checked_list(all, fixed, "routing.application_servers", net::is_host,
                                      "a host name or an address without a port (ami.port is the port of them all)")) {
    for (const text_item& item : *items) {
      if (std::ranges::find(out.routing.application_servers, item.text) == out.routing.application_servers.end()) {
        out.routing.application_servers.push_back(item.text);
      }
    }
  }
  if (rpc_url.empty() && out.routing.application_servers.empty()) {
    kamailio.wrong(
        "rpc_url",
        "is missing: set Kamailio's RPC URL (\"http://users.ivozprovider.local:8000/RPC\" on IvozProvider), or, "
        "without Kamailio, list your Asterisk servers under routing.application_servers");
  } else if (!rpc_url.empty() && !out.routing.application_servers.empty()) {
    fixed.wrong("application_servers",
                "and kamailio.rpc_url are both given: keep the one that shall choose the server");
  }
}

void read_claims(reader& all, claims_section& out) {
  section part(all, "claims");
  const std::string written = part.text("redis_url").value_or("");
  set(out.redis_ca, part.file("redis_ca"));
  auto password = read_secret(part, "redis_password");
  if (password.value) {
    out.redis_password = std::move(*password.value);
  }
  set(out.sentinel_login.user, part.text("sentinel_user"));
  auto sentinel_password = read_secret(part, "sentinel_password");
  if (sentinel_password.value) {
    out.sentinel_login.password = std::move(*sentinel_password.value);
  }
  if (written.empty()) {
    return;
  }
  if (auto address = redis::parse_url(written); !address) {
    // The URL is not quoted: it may hold a password.
    part.wrong("redis_url",
               fmt::format("is no such URL as \"redis://cache.example.com:6379/0\": {}", address.error().detail));
  } else if (!address->tls && !out.redis_ca.empty()) {
    part.wrong("redis_ca", "has no use without rediss://: remove it");
  } else if (address->sentinels.empty() && !(out.sentinel_login == redis::login{})) {
    part.wrong(out.sentinel_login.user.empty() ? "sentinel_password" : "sentinel_user",
               "has no use without redis+sentinel://: remove it");
  } else if (out.sentinel_login.password.empty() && !out.sentinel_login.user.empty()) {
    part.wrong("sentinel_user", "needs claims.sentinel_password beside it");
  } else {
    if (!address->password.empty()) {
      part.holds_secret("redis_url");
    }
    out.redis_url = std::move(*address);
  }
}

void read_preflight(section& part, bool without_kamailio, call_section& out) {
  constexpr std::array kinds{preflight::off, preflight::report, preflight::reject};
  const auto place = part.choice("preflight", {"off", "report", "reject"});
  if (!place) {
    return;
  }
  out.preflight = kinds.at(*place);
  if (out.preflight != preflight::off && without_kamailio) {
    part.wrong("preflight",
               "asks Kamailio whether the phone is registered, and with routing.application_servers there is no "
               "Kamailio: remove it");
  }
}

std::vector<std::string> read_patterns(reader& all, section& part, std::string_view path) {
  std::vector<std::string> out;
  if (const auto items = checked_list(all, part, path, call::valid_dial_pattern,
                                      "a number or a pattern as in Asterisk's dialplan, \"_00X.\"")) {
    for (const text_item& item : *items) {
      out.push_back(item.text);
    }
  }
  return out;
}

void read_call(reader& all, bool without_kamailio, call_section& out) {
  section part(all, "call");
  constexpr integer_range up_to_a_day{.least = 1, .most = 86'400, .unit = "seconds"};
  constexpr integer_range milliseconds{.least = 1, .most = 2'147'483'647, .unit = "milliseconds"};
  set(out.dial_timeout, part.integer("dial_timeout", up_to_a_day));
  set(out.max_duration, part.integer("max_duration", milliseconds));
  set(out.dial_timeout_limit, part.integer("dial_timeout_limit", up_to_a_day));
  set(out.max_duration_limit,
      part.integer("max_duration_limit", {.least = 1, .most = 86'400'000, .unit = "milliseconds"}));
  if (out.dial_timeout > out.dial_timeout_limit) {
    part.wrong("dial_timeout",
               "is the default, and more than call.dial_timeout_limit allows: lower it, or raise the limit");
  }
  if (part.has("max_duration_limit") && out.max_duration > out.max_duration_limit) {
    part.wrong("max_duration",
               "is the default, and more than call.max_duration_limit allows: lower it, or raise the limit");
  }
  set(out.optimize, part.flag("optimize"));
  set(out.confirm, part.flag("confirm"));
  set(out.max_live, part.integer("max_live", {.least = 1, .most = 10'000'000}));
  read_preflight(part, without_kamailio, out);
  out.allow = read_patterns(all, part, "call.allow");
  out.deny = read_patterns(all, part, "call.deny");
}

void read_throttle(reader& all, throttle_section& out) {
  section part(all, "throttle");
  constexpr integer_range any_count{.least = 0, .most = 1'000'000};
  set(out.requests_per_address, part.integer("requests_per_address", any_count));
  set(out.calls_per_terminal, part.integer("calls_per_terminal", any_count));
  set(out.wrong_digests, part.integer("wrong_digests", any_count));
  set(out.live_calls_per_terminal, part.integer("live_calls_per_terminal", any_count));
}

void read_webhook(reader& all, webhook_section& out) {
  section part(all, "progress.webhook");
  const std::string written = part.text("url").value_or("");
  set(out.ca, part.file("ca"));
  if (written.empty()) {
    // Switched off, so what is left of it may stay in the file.
    part.has("secret");
    part.has("secret_file");
    return;
  }
  if (auto url = net::parse_web_url(written); !url) {
    // The address is not quoted: it may hold a token.
    part.wrong("url", fmt::format("is no such URL as \"https://crm.example.com/calls\": {}", url.error().detail));
  } else if (!url->tls && !out.ca.empty()) {
    part.wrong("ca", "has no use with an http:// URL: remove it");
  } else {
    out.url = std::move(*url);
  }
  constexpr std::string_view how = "make one with `openssl rand -hex 32`, and give it to the receiver";
  if (auto key = read_signing_secret(part, "secret", how)) {
    out.secret = std::move(*key);
  }
}

void read_log(reader& all, log_section& out) {
  section part(all, "log");
  set(out.level, part.integer("level", {.least = 0, .most = 6}));
  if (const auto format = part.choice("format", {"text", "json"})) {
    out.format = *format == 0 ? log_format::text : log_format::json;
  }
}

std::unexpected<problems> refuse(std::string text) {
  return std::unexpected(problems{{.line = 0, .text = std::move(text)}});
}

}  // namespace

std::expected<config, std::vector<problem>> parse(std::string_view yaml) {
  if (yaml.size() > most_file_bytes) {
    return refuse("the file is longer than 1 MiB");
  }
  const auto document = read_yaml(yaml);
  if (!document) {
    return std::unexpected(problems{document.error()});
  }
  config out;
  reader all(document->root);
  if (document->root.type != yaml_node::kind::map) {
    return std::unexpected(all.finish());
  }
  for (const problem& found : document->found) {
    all.note(found.line, found.text);
  }
  read_server(all, out.server);
  read_digest(all, out.digest);
  read_db(all, out.db);
  read_ami(all, out.ami);
  read_routing(all, out);
  read_claims(all, out.claims);
  read_call(all, !out.routing.application_servers.empty(), out.call);
  read_throttle(all, out.throttle);
  read_webhook(all, out.progress.webhook);
  read_log(all, out.log);
  if (auto found = all.finish(); !found.empty()) {
    return std::unexpected(std::move(found));
  }
  out.own_secrets = all.secrets();
  return out;
}

}  // namespace c2c::config
