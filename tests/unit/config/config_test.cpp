#include "config/config.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace c2c::config {
namespace {

// The reference's keys and values, its secrets replaced as its package's installation does.
constexpr std::string_view reference_file = R"(server:
  listen: "0.0.0.0:9090"
  tls_cert: "/etc/ssl/certs/ivozprovider-portals.pem"
  tls_key: "/etc/ssl/private/ivozprovider-portals.key"
  # any page
  allowed_origins:
    - "*"

digest:
  secret: "9f2c6a0d4b7e11c8"
  nonce_ttl: 30

db:
  host: "data.ivozprovider.local"
  port: 3306
  name: "ivozprovider"
  user: "root"
  password: "s3cr3t-of-the-tables"

ami:
  user: "ivozamiuser"
  secret: "ivozamisecret"
  port: 5038

kamailio:
  rpc_url: "http://users.ivozprovider.local:8000/RPC"

call:
  dial_timeout: 30
  max_duration: 10800000
  optimize: false

log:
  level: 4
)";

constexpr std::string_view smallest_file = R"(digest: {secret: 9f2c6a0d4b7e11c8}
db: {driver: sqlite}
ami: {user: c2c, secret: asterisk}
routing: {application_servers: [127.0.0.1]}
)";

std::string with(std::string_view file, std::string_view old_text, std::string_view new_text) {
  std::string out(file);
  const auto at = out.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return at == std::string::npos ? out : out.replace(at, old_text.size(), new_text);
}

std::string plus(std::string_view file, std::string_view more) {
  return std::string(file).append(more);
}

// What is wrong with the file, "line: text" each.
std::vector<std::string> mistakes(std::string_view yaml) {
  const auto got = parse(yaml);
  std::vector<std::string> out;
  if (!got) {
    for (const problem& one : got.error()) {
      out.push_back(std::to_string(one.line) + ": " + one.text);
    }
  }
  return out;
}

// The file's only mistake.
std::string mistake(std::string_view yaml) {
  const auto all = mistakes(yaml);
  EXPECT_EQ(all.size(), 1U) << ::testing::PrintToString(all);
  return all.empty() ? "" : all.front();
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST(Config, LoadsTheReferencesFileUnchanged) {
  const auto got = parse(reference_file);
  ASSERT_TRUE(got) << describe(got.error(), "config.yml");
  EXPECT_EQ(got->server.listen.host, "0.0.0.0");
  EXPECT_EQ(got->server.listen.port, 9090);
  EXPECT_EQ(got->server.tls_cert, "/etc/ssl/certs/ivozprovider-portals.pem");
  EXPECT_EQ(got->server.tls_key, "/etc/ssl/private/ivozprovider-portals.key");
  EXPECT_EQ(got->server.allowed_origins, std::vector<std::string>{"*"});
  EXPECT_EQ(got->digest.key.reveal(), "9f2c6a0d4b7e11c8");
  EXPECT_EQ(got->digest.nonce_ttl, std::chrono::seconds(30));
  EXPECT_EQ(got->db.driver, db_driver::mysql);
  EXPECT_EQ(got->db.host, "data.ivozprovider.local");
  EXPECT_EQ(got->db.port, 3306);
  EXPECT_EQ(got->db.name, "ivozprovider");
  EXPECT_EQ(got->db.user, "root");
  EXPECT_EQ(got->db.password.reveal(), "s3cr3t-of-the-tables");
  EXPECT_FALSE(got->db.tls);
  EXPECT_EQ(got->ami.user, "ivozamiuser");
  EXPECT_EQ(got->ami.secret.reveal(), "ivozamisecret");
  EXPECT_EQ(got->ami.port, 5038);
  EXPECT_EQ(got->kamailio.rpc_url, net::parse_web_url("http://users.ivozprovider.local:8000/RPC").value());
  EXPECT_EQ(got->call.dial_timeout, std::chrono::seconds(30));
  EXPECT_EQ(got->call.max_duration, std::chrono::hours(3));
  EXPECT_FALSE(got->call.optimize);
  EXPECT_EQ(got->log.level, 4);
}

TEST(Config, GivesWhatIsNotWrittenItsDefault) {
  const auto got = parse(smallest_file);
  ASSERT_TRUE(got) << describe(got.error(), "config.yml");
  EXPECT_EQ(got->server.listen.port, 9090);
  EXPECT_TRUE(got->server.tls_cert.empty());
  EXPECT_EQ(got->server.allowed_origins, std::vector<std::string>{"*"});
  EXPECT_EQ(got->server.workers, 0U);
  EXPECT_EQ(got->server.max_connections, 10'240U);
  EXPECT_TRUE(got->server.trusted_proxies.empty());
  EXPECT_FALSE(got->server.admin_listen);
  EXPECT_EQ(got->digest.nonce_ttl, std::chrono::seconds(30));
  EXPECT_EQ(got->db.path, "/var/lib/click2call/terminals.db");
  EXPECT_EQ(got->ami.port, 5038);
  EXPECT_EQ(got->call.dial_timeout, std::chrono::seconds(30));
  EXPECT_TRUE(got->call.confirm);
  EXPECT_EQ(got->call.max_live, 65'536U);
  EXPECT_EQ(got->call.preflight, preflight::off);
  EXPECT_EQ(got->kamailio.location_table, "kam_users_location");
  EXPECT_FALSE(got->progress.webhook.url);
  EXPECT_EQ(got->log.format, log_format::text);
}

TEST(Config, ReadsEveryNewKey) {
  const auto got = parse(R"(
server:
  listen: "[::1]:0"
  workers: 4
  max_connections: 100
  trusted_proxies: [10.0.0.0/8, "::1"]
  admin_listen: 127.0.0.1:9091
  allowed_origins: [https://crm.example.com, "chrome-extension://abcdef"]
digest: {secret: 0123456789abcdef}
db:
  driver: mysql
  socket: /run/mysqld/mysqld.sock
  name: pbx
  user: click2call
  query: SELECT a AS name FROM t WHERE n = {user} AND d = {domain}
ami: {user: c2c, secret: asterisk}
routing:
  application_servers: [as1.example.com, 10.0.0.5, 10.0.0.5, "2001:db8::5"]
call: {confirm: no, max_live: 10, optimize: True}
log: {format: JSON, level: 6}
)");
  ASSERT_TRUE(got) << describe(got.error(), "config.yml");
  EXPECT_EQ(got->server.listen.host, "::1");
  EXPECT_EQ(got->server.listen.port, 0);
  EXPECT_EQ(got->server.workers, 4U);
  EXPECT_EQ(got->server.max_connections, 100U);
  EXPECT_EQ(got->server.trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "::1/128"}));
  EXPECT_EQ(got->server.admin_listen->port, 9091);
  EXPECT_EQ(got->server.allowed_origins.size(), 2U);
  EXPECT_EQ(got->db.socket, "/run/mysqld/mysqld.sock");
  EXPECT_EQ(got->db.query, "SELECT a AS name FROM t WHERE n = {user} AND d = {domain}");
  EXPECT_EQ(got->routing.application_servers, (std::vector<std::string>{"as1.example.com", "10.0.0.5", "2001:db8::5"}));
  EXPECT_FALSE(got->call.confirm);
  EXPECT_TRUE(got->call.optimize);
  EXPECT_EQ(got->call.max_live, 10U);
  EXPECT_EQ(got->log.format, log_format::json);
}

TEST(Config, ReadsPreflightAndLocationTable) {
  for (const auto& [word, wanted] : {std::pair("off", preflight::off), std::pair("report", preflight::report),
                                     std::pair("Reject", preflight::reject)}) {
    const auto got = parse(with(with(reference_file, "  optimize: false\n", std::string("  preflight: ") + word + "\n"),
                                "kamailio:\n", "kamailio:\n  location_table: location\n"));
    ASSERT_TRUE(got) << describe(got.error(), "config.yml");
    EXPECT_EQ(got->call.preflight, wanted);
    EXPECT_EQ(got->kamailio.location_table, "location");
  }
  EXPECT_EQ(mistake(with(reference_file, "  optimize: false\n", "  preflight: maybe\n")),
            R"(31: call.preflight must be off or report or reject, not "maybe")");
}

TEST(Config, RefusesALocationTableThatIsNoName) {
  for (const std::string& name : {std::string("a-b"), std::string("\"\""), std::string(65, 'a'), std::string("a.b")}) {
    EXPECT_TRUE(mistake(with(reference_file, "kamailio:\n", "kamailio:\n  location_table: " + name + "\n"))
                    .starts_with("26: kamailio.location_table must be the name of a table"))
        << name;
  }
  EXPECT_TRUE(
      parse(with(reference_file, "kamailio:\n", "kamailio:\n  location_table: " + std::string(64, '_') + "\n")));
}

TEST(Config, HasNoPreflightWithoutKamailio) {
  for (const char* word : {"report", "reject"}) {
    const auto what = mistake(plus(smallest_file, std::string("call: {preflight: ") + word + "}\n"));
    EXPECT_TRUE(what.starts_with("5: call.preflight asks Kamailio") && has(what, "routing.application_servers"))
        << what;
  }
  EXPECT_TRUE(parse(plus(smallest_file, "call: {preflight: off}\n")));
}

TEST(Config, ReadsAWebhookWithItsSecretInAFile) {
  const test::temporary_folder folder;
  const std::string secret = folder.write("webhook", "0123456789abcdef\n", 0640);
  const auto got = parse(plus(smallest_file,
                              "progress:\n  webhook:\n    url: https://crm.example.com/calls?token=abc\n"
                              "    secret_file: " +
                                  secret + "\n    ca: /etc/ssl/crm.pem\n"));
  ASSERT_TRUE(got) << describe(got.error(), "config.yml");
  EXPECT_EQ(got->progress.webhook.url, net::parse_web_url("https://crm.example.com/calls?token=abc").value());
  EXPECT_EQ(got->progress.webhook.secret.reveal(), "0123456789abcdef");
  EXPECT_EQ(got->progress.webhook.ca, "/etc/ssl/crm.pem");
}

// `keys` under progress.webhook, the first of them in line 7.
std::string webhook(std::string_view keys) {
  return plus(smallest_file, "progress:\n  webhook:\n" + std::string(keys));
}

TEST(Config, WantsAStrongSecretForAWebhook) {
  constexpr std::string_view url = "    url: http://127.0.0.1:8080\n";
  EXPECT_EQ(mistake(webhook(url)),
            "6: progress.webhook.secret is missing: make one with `openssl rand -hex 32`, and give it to the receiver");
  EXPECT_TRUE(has(mistake(webhook(plus(url, "    secret: 0123456789abcde\n"))),
                  "8: progress.webhook.secret is shorter than 16 characters"));
  EXPECT_TRUE(has(mistake(webhook(plus(url, "    secret: change-me-please\n"))), "is the placeholder"));
  EXPECT_TRUE(has(mistake(webhook(plus(url, "    secret: 0123456789abcdef\n    secret_file: /x\n"))),
                  "9: progress.webhook.secret_file and secret are both given"));
  EXPECT_TRUE(parse(webhook(plus(url, "    secret: 0123456789abcdef\n"))));
}

TEST(Config, RefusesAWebhookAddressWithoutTellingIt) {
  for (const char* url :
       {"ftp://hunter2/", "crm.example.com/hunter2", "https://user:hunter2@crm.example.com/", "https://:8080/hunter2",
        "https://crm.example.com:0/hunter2", "https://crm.example.com/#hunter2"}) {
    const auto what = mistake(webhook(std::string("    url: ") + url + "\n    secret: 0123456789abcdef\n"));
    EXPECT_TRUE(what.starts_with("7: progress.webhook.url is no such URL")) << what;
    EXPECT_FALSE(has(what, "hunter2")) << what;
  }
}

TEST(Config, HasNoUseForACertificateOfAPlainWebhook) {
  EXPECT_TRUE(has(mistake(webhook("    url: http://127.0.0.1\n    ca: /x.pem\n    secret: 0123456789abcdef\n")),
                  "8: progress.webhook.ca has no use"));
}

TEST(Config, AsksNothingOfAWebhookThatIsOff) {
  const auto got = parse(webhook("    url: \"\"\n    secret: short\n    ca: /x.pem\n"));
  ASSERT_TRUE(got) << describe(got.error(), "config.yml");
  EXPECT_TRUE(got->progress.webhook.secret.empty());
  EXPECT_TRUE(parse(plus(smallest_file, "progress:\n")));
  EXPECT_TRUE(parse(plus(smallest_file, "progress:\n  webhook:\n")));
}

TEST(Config, KnowsWhatIsNestedToo) {
  EXPECT_EQ(mistake(webhook("    ulr: http://127.0.0.1\n")),
            R"(7: unknown key "progress.webhook.ulr"; the nearest known one is "progress.webhook.url")");
  EXPECT_EQ(mistake(plus(smallest_file, "progress:\n  url: http://127.0.0.1\n")),
            R"(6: unknown key "progress.url"; the nearest known one is "progress.webhook.url")");
  EXPECT_EQ(mistake(plus(smallest_file, "progress:\n  webhok: {url: http://127.0.0.1}\n")),
            R"(6: unknown key "progress.webhok"; the nearest known one is "progress.webhook")");
  EXPECT_EQ(mistake(plus(smallest_file, "progress:\n  webhook: http://127.0.0.1\n")),
            "6: progress.webhook must hold keys, as in `webhook:` with indented lines below");
  EXPECT_EQ(mistake(plus(smallest_file, "progress: http://127.0.0.1\n")),
            "5: progress must hold keys, as in `progress:` with indented lines below");
}

TEST(Config, DoesNotTakeADottedKeyForANestedOne) {
  EXPECT_TRUE(has(mistake(plus(smallest_file, "progress:\n  webhook.url: http://127.0.0.1\n")),
                  "6: \"webhook.url\" is written with its dots"));
  EXPECT_TRUE(has(mistake(plus(smallest_file, "progress.webhook: {url: http://127.0.0.1}\n")), "5: unknown section"));
}

TEST(Config, TellsEveryMistakeAtOnceWithItsLine) {
  const auto all = mistakes(R"(server:
  listen: "nowhere"
  workers: 500
  portt: 3
digest:
  secret: change-me-please
  nonce_ttl: soon
db:
  host: "10.0.0.256"
  port: 70000
  name: ivozprovider
  user: root
  password: changeme
ami:
  user: a
log:
  level: 9
)");
  ASSERT_EQ(all.size(), 11U) << ::testing::PrintToString(all);
  const std::vector<std::string> starts{"2: server.listen must be",
                                        "3: server.workers must be",
                                        "4: unknown key",
                                        "6: digest.secret is the placeholder",
                                        "7: digest.nonce_ttl must be",
                                        "9: db.host must be",
                                        "10: db.port must be",
                                        "13: db.password is the placeholder",
                                        "14: ami.secret is missing",
                                        "17: log.level must be",
                                        "0: kamailio.rpc_url is missing"};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    EXPECT_TRUE(all[i].starts_with(starts[i])) << all[i] << " should start with " << starts[i];
  }
}

TEST(Config, RefusesThePlaceholdersAndSaysHowToMakeASecret) {
  const auto digest = mistake(with(reference_file, "9f2c6a0d4b7e11c8", "change-me-please"));
  EXPECT_TRUE(has(digest, "openssl rand -hex 32")) << digest;
  const auto db = mistake(with(reference_file, "s3cr3t-of-the-tables", "changeme"));
  EXPECT_TRUE(has(db, "openssl rand -hex 32")) << db;
}

TEST(Config, RefusesAnEmptyOrShortDigestSecret) {
  EXPECT_TRUE(has(mistake(with(reference_file, "9f2c6a0d4b7e11c8", "")), "digest.secret is missing"));
  EXPECT_TRUE(has(mistake(with(reference_file, "9f2c6a0d4b7e11c8", "0123456789abcde")), "shorter than 16"));
}

TEST(Config, NeverTellsASecret) {
  for (const std::string& file :
       {with(reference_file, "9f2c6a0d4b7e11c8", "hunter2"), with(reference_file, "\"9f2c6a0d4b7e11c8\"", "[hunter2]"),
        with(reference_file, "\"9f2c6a0d4b7e11c8\"", "\"hunter2\\q\""),
        with(reference_file, "\"9f2c6a0d4b7e11c8\"", "\"hunter2"),
        with(reference_file, "\"9f2c6a0d4b7e11c8\"", "*hunter2"),
        with(reference_file, "\"s3cr3t-of-the-tables\"", "\"hunter2\\u0007\"")}) {
    const auto got = parse(file);
    ASSERT_FALSE(got) << file;
    EXPECT_FALSE(has(describe(got.error(), "config.yml"), "hunter2")) << describe(got.error(), "config.yml");
  }
}

TEST(Config, NamesTheNearestKnownKey) {
  EXPECT_EQ(mistake(with(reference_file, "nonce_ttl", "nonce_tl")),
            R"(11: unknown key "digest.nonce_tl"; the nearest known one is "digest.nonce_ttl")");
  EXPECT_EQ(mistake(with(reference_file, "kamailio:\n", "kamailio:\n  dial_timeout: 5\n")),
            R"(26: unknown key "kamailio.dial_timeout"; the nearest known one is "call.dial_timeout")");
  EXPECT_EQ(mistake(plus(reference_file, "serber: {}\n")),
            R"(35: unknown section "serber"; the nearest known one is "server")");
}

TEST(Config, KnowsNoKeyOfWhatIsNotBuilt) {
  EXPECT_TRUE(has(mistake(plus(smallest_file, "sentinel: {master: mymaster}\n")), "unknown section"));
}

TEST(Config, ReadsKeysIgnoringCaseAsTheReferenceDoes) {
  EXPECT_TRUE(parse(with(reference_file, "listen", "Listen")));
}

TEST(Config, RefusesAKeyGivenTwice) {
  EXPECT_EQ(mistake(with(reference_file, "  nonce_ttl: 30\n", "  nonce_ttl: 30\n  nonce_ttl: 60\n")),
            "12: this key was already given in line 11");
  EXPECT_EQ(mistake(plus(reference_file, "LOG:\n  level: 2\n")), "35: this key was already given in line 33");
}

TEST(Config, TakesTheDefaultForANonceTtlOfZeroOrLess) {
  for (const char* value : {"0", "-5"}) {
    const auto got = parse(with(reference_file, "nonce_ttl: 30", std::string("nonce_ttl: ") + value));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->digest.nonce_ttl, std::chrono::seconds(30));
  }
}

TEST(Config, NamesUnitAndRangeOfANumber) {
  EXPECT_EQ(mistake(with(reference_file, "dial_timeout: 30", "dial_timeout: 30s")),
            R"(29: call.dial_timeout must be a whole number of seconds, not "30s")");
  EXPECT_EQ(mistake(with(reference_file, "max_duration: 10800000", "max_duration: 0")),
            "30: call.max_duration must be a whole number of milliseconds from 1 to 2147483647, not 0");
  EXPECT_TRUE(has(mistake(with(reference_file, "port: 5038", "port: 99999999999999999999")), "must be a whole number"));
}

TEST(Config, ACeilingIsADayWhereTheFileIsSilentAndNoDefaultIsAboveIt) {
  EXPECT_EQ(parse(reference_file)->call.dial_timeout_limit, std::chrono::days(1));
  EXPECT_EQ(parse(reference_file)->call.max_duration_limit, std::chrono::days(1));
  const auto limited = parse(with(reference_file, "dial_timeout: 30\n",
                                  "dial_timeout: 30\n  dial_timeout_limit: 30\n  max_duration_limit: 10800000\n"));
  ASSERT_TRUE(limited);
  EXPECT_EQ(limited->call.dial_timeout_limit, std::chrono::seconds(30));
  EXPECT_EQ(limited->call.max_duration_limit, std::chrono::hours(3));
  EXPECT_TRUE(has(mistake(with(reference_file, "dial_timeout: 30\n", "dial_timeout: 30\n  dial_timeout_limit: 29\n")),
                  "call.dial_timeout is the default, and more than call.dial_timeout_limit allows"));
  EXPECT_TRUE(has(mistake(with(reference_file, "max_duration: 10800000", "max_duration_limit: 3600000")),
                  "call.max_duration is the default, and more than call.max_duration_limit allows"));
  EXPECT_TRUE(parse(with(reference_file, "max_duration: 10800000", "max_duration: 2147483647")))
      << "the reference takes it, and no limit was set";
}

TEST(Config, TheAdminListenersNamesAreHosts) {
  const auto named =
      parse(with(reference_file, "server:\n", "server:\n  admin_hosts: [metrics.example.com, prometheus]\n"));
  ASSERT_TRUE(named);
  EXPECT_EQ(named->server.admin_hosts, (std::vector<std::string>{"metrics.example.com", "prometheus"}));
  EXPECT_TRUE(
      has(mistake(with(reference_file, "server:\n", "server:\n  admin_hosts: [\"metrics.example.com:9091\"]\n")),
          "must be a host's name without a port"));
}

TEST(Config, SentinelsMayHaveALogInOfTheirOwn) {
  const auto claims = [](std::string_view keys) {
    return std::string(reference_file) + "claims:\n" + std::string(keys);
  };
  const auto got = parse(claims("  redis_url: redis+sentinel://a/m\n  sentinel_user: u\n  sentinel_password: p\n"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->claims.sentinel_login.user, "u");
  EXPECT_EQ(got->claims.sentinel_login.password, secret("p"));
  EXPECT_TRUE(
      has(mistake(claims("  redis_url: redis://a\n  sentinel_password: p\n")), "claims.sentinel_password has no use"));
  EXPECT_TRUE(has(mistake(claims("  redis_url: redis+sentinel://a/m\n  sentinel_user: u\n")),
                  "claims.sentinel_user needs claims.sentinel_password"));
}

TEST(Config, RefusesWrongTypes) {
  EXPECT_TRUE(has(mistake(with(reference_file, "optimize: false", "optimize: maybe")), "must be true or false"));
  EXPECT_TRUE(has(mistake(with(reference_file, "optimize: false", "optimize: [true]")), "must be true or false"));
  EXPECT_TRUE(has(mistake(with(reference_file, "    - \"*\"", "    - [\"*\"]")), "list of single values"));
  EXPECT_TRUE(
      has(mistake(with(reference_file, "call:\n  dial_timeout: 30\n  max_duration: 10800000\n  optimize: false\n",
                       "call: fast\n")),
          "call must hold keys"));
  EXPECT_TRUE(has(mistake("- server\n"), "must be sections of keys"));
  EXPECT_TRUE(has(mistake(""), "the file is empty"));
  EXPECT_TRUE(has(mistake("# nothing\n"), "the file is empty"));
}

TEST(Config, RefusesHalfAPairOfTlsFiles) {
  EXPECT_TRUE(
      has(mistake(with(reference_file, "/etc/ssl/private/ivozprovider-portals.key", "")), "3: server.tls_cert"));
  EXPECT_TRUE(has(mistake(with(reference_file, "/etc/ssl/certs/ivozprovider-portals.pem", "")), "4: server.tls_key"));
}

TEST(Config, RefusesAnOriginThatNoBrowserSends) {
  EXPECT_TRUE(has(mistake(with(reference_file, "\"*\"", "https://crm.example.com/")), "7: server.allowed_origins"));
  EXPECT_TRUE(has(mistake(with(reference_file, "\"*\"", "crm.example.com")), "must be \"*\" or an origin"));
}

TEST(Config, WantsEitherKamailioOrApplicationServers) {
  const auto neither =
      mistake(with(reference_file, "  rpc_url: \"http://users.ivozprovider.local:8000/RPC\"", "  rpc_url: \"\""));
  EXPECT_TRUE(has(neither, "http://users.ivozprovider.local:8000/RPC") && has(neither, "routing.application_servers"));
  EXPECT_TRUE(has(mistake(plus(reference_file, "routing: {application_servers: [10.0.0.5]}\n")), "both given"));
  EXPECT_TRUE(has(mistake(with(reference_file, "http://users", "https://users")), "26: kamailio.rpc_url"));
  EXPECT_TRUE(has(mistake(with(smallest_file, "[127.0.0.1]", "[\"127.0.0.1:5038\"]")), "ami.port"));
}

TEST(Config, NeedsNoDatabaseServerWithSqlite) {
  EXPECT_TRUE(parse(smallest_file));
  // The reference's file with one line more: what belongs to the server may stay, its placeholder too.
  EXPECT_TRUE(
      parse(with(with(reference_file, "s3cr3t-of-the-tables", "changeme"), "db:\n", "db:\n  driver: sqlite\n")));
  EXPECT_TRUE(has(mistake(with(smallest_file, "sqlite", "postgres")), "must be mysql or sqlite"));
}

TEST(Config, WantsHostOrSocketNameAndUserWithMysql) {
  const auto all = mistakes(with(smallest_file, "{driver: sqlite}", "{driver: mysql}"));
  ASSERT_EQ(all.size(), 3U) << ::testing::PrintToString(all);
  EXPECT_TRUE(has(all[0], "db.host is missing"));
  EXPECT_TRUE(has(all[1], "db.name is missing"));
  EXPECT_TRUE(has(all[2], "db.user is missing"));
  EXPECT_TRUE(has(mistake(with(reference_file, "db:\n", "db:\n  socket: /run/mysqld.sock\n")), "both given"));
}

TEST(Config, RefusesAQueryWithoutItsPlaceholders) {
  EXPECT_TRUE(has(mistake(with(reference_file, "db:\n", "db:\n  query: SELECT 1 WHERE {user} = 1\n")),
                  "14: db.query must hold {user} and {domain}"));
}

TEST(Config, RefusesANetworkWithBitsBeyondItsPrefix) {
  EXPECT_TRUE(has(mistake(plus(with(smallest_file, "digest", "server: {trusted_proxies: [10.0.0.1/8]}\ndigest"), "")),
                  "1: server.trusted_proxies"));
}

TEST(Config, RefusesWhatIsNoYaml) {
  EXPECT_TRUE(has(mistake("server:\n  listen: [unfinished\n"), "not YAML"));
  EXPECT_TRUE(has(mistake("a: 1\n---\nb: 2\n"), "more than one YAML document"));
}

TEST(Config, IsNotBlownUpByAliases) {
  EXPECT_EQ(mistake("a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
            "2: YAML aliases are not read here: write the value out");
}

TEST(Config, BoundsDepthValuesAndSize) {
  EXPECT_TRUE(has(mistake("a: " + std::string(17, '[') + std::string(17, ']')), "nested more than 16"));
  EXPECT_NE(mistake("a: " + std::string(100'000, '[')), "");
  std::string many = "a: [";
  for (int i = 0; i < 5000; ++i) {
    many += "1, ";
  }
  EXPECT_TRUE(has(mistake(many + "1]"), "more than 4096"));
  EXPECT_TRUE(has(mistake(std::string((1U << 20U) + 1, '#')), "longer than 1 MiB"));
}

TEST(Config, TellsAtMostAHundredMistakes) {
  std::string file(smallest_file);
  for (int i = 0; i < 500; ++i) {
    file += "section" + std::to_string(i) + ": 1\n";
  }
  const auto all = mistakes(file);
  ASSERT_EQ(all.size(), 101U);
  EXPECT_TRUE(has(all.back(), "more mistakes"));
}

TEST(Config, LoadsAFileAndSaysWhyItCannot) {
  const test::temporary_folder folder;
  const std::string path = folder.write("config.yml", std::string(smallest_file));
  EXPECT_TRUE(load(path));
  const auto missing = load(folder.path("other.yml"));
  ASSERT_FALSE(missing);
  EXPECT_TRUE(has(describe(missing.error(), "other.yml"), "other.yml: cannot be read: No such file or directory"));
  const auto directory = load(folder.path(""));
  ASSERT_FALSE(directory);
  EXPECT_TRUE(has(describe(directory.error(), "x"), "cannot be read"));
}

TEST(Config, DescribesEachMistakeWithFileAndLine) {
  EXPECT_EQ(describe({{.line = 3, .text = "a"}, {.line = 0, .text = "b"}}, "config.yml"),
            "config.yml:3: a\nconfig.yml: b\n");
}

}  // namespace
}  // namespace c2c::config
