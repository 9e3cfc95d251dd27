// config.yml into plain structs. The reference service's file loads as it is (irontec/ivozprovider:
// microservices/click2call/configs/config.yml); what is ours is optional. Read once at the start and again on a reload,
// on the main thread; nothing below the service reads these structs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "config/problem.hpp"
#include "config/values.hpp"
#include "net/endpoint.hpp"
#include "net/web_url.hpp"
#include "redis/url.hpp"

namespace c2c::config {

struct server_section {
  net::endpoint listen{.host = "0.0.0.0", .port = 9090};  // port 0: the system chooses one
  std::string tls_cert;                                   // both empty: plain HTTP
  std::string tls_key;
  std::vector<std::string> allowed_origins{"*"};
  unsigned workers = 0;  // 0: one a core; else 1 to 256
  std::size_t max_connections = 10'240;
  std::vector<std::string> trusted_proxies;  // networks, "10.0.0.0/8"
  std::optional<net::endpoint> admin_listen;
  std::vector<std::string> admin_hosts;  // the names by which that is asked, besides addresses and this machine's own
};

struct digest_section {
  c2c::secret key;  // of digest.secret or digest.secret_file; at least 16 characters
  std::chrono::seconds nonce_ttl{30};
};

enum class db_driver : std::uint8_t { mysql, sqlite };

struct db_section {
  db_driver driver = db_driver::mysql;
  std::string host;  // mysql: a host or a socket, never both
  std::uint16_t port = 3306;
  std::string socket;
  std::string name;
  std::string user;
  c2c::secret password;
  bool tls = false;
  unsigned max_connections = 32;  // of the process, shared evenly by the workers, one each at least
  std::string query;              // empty: IvozProvider's tables; see directory/query.hpp
  std::string path;               // sqlite
};

struct ami_section {
  std::string user;
  c2c::secret secret;
  std::uint16_t port = 5038;
};

struct kamailio_section {
  std::optional<net::web_url> rpc_url;                // plain HTTP; none where routing.application_servers is set
  std::string location_table = "kam_users_location";  // where the users' Kamailio keeps its registrations (usrloc)
};

struct routing_section {
  std::vector<std::string> application_servers;  // hosts; empty where Kamailio is asked
};

// Whether Kamailio is asked for the caller's registration before anything rings, and what a phone that is off means.
enum class preflight : std::uint8_t { off, report, reject };

struct claims_section {
  std::optional<redis::url> redis_url;  // none: this process's memory
  c2c::secret redis_password;           // instead of the URL's; empty: that
  redis::login sentinel_login;          // where redis_url names Sentinels
  std::string redis_ca;                 // a PEM file for rediss; empty: what the system trusts
};

struct call_section {
  std::chrono::seconds dial_timeout{30};
  std::chrono::milliseconds max_duration{10'800'000};
  // What a request may ask for at most; a day unless the file says less.
  std::chrono::seconds dial_timeout_limit = std::chrono::days(1);
  std::chrono::milliseconds max_duration_limit = std::chrono::days(1);
  bool optimize = false;
  bool confirm = true;  // answer only when leg 1 is being dialled
  std::size_t max_live = 65'536;
  c2c::config::preflight preflight = preflight::off;  // always off where routing.application_servers is set
  std::vector<std::string> allow;                     // dial patterns, see call/dial_pattern.hpp; empty: all
  std::vector<std::string> deny;
};

// See auth/throttle.hpp. 0: no limit.
struct throttle_section {
  unsigned requests_per_address = 1'200;
  unsigned calls_per_terminal = 120;
  unsigned wrong_digests = 10;
  unsigned live_calls_per_terminal = 20;
  bool operator==(const throttle_section&) const = default;
};

struct webhook_section {
  std::optional<net::web_url> url;  // none: off. Its target may hold a token: never logged
  c2c::secret secret;               // at least 16 characters where there is a url
  std::string ca;                   // a PEM file for https; empty: what the system trusts
};

struct progress_section {
  webhook_section webhook;
};

enum class log_format : std::uint8_t { text, json };

struct log_section {
  int level = 4;  // as in logrus: 0 panic, 1 fatal, 2 error, 3 warn, 4 info, 5 debug, 6 trace
  log_format format = log_format::text;
};

struct config {
  server_section server;
  digest_section digest;
  db_section db;
  ami_section ami;
  kamailio_section kamailio;
  routing_section routing;
  claims_section claims;
  call_section call;
  throttle_section throttle;
  progress_section progress;
  log_section log;
  std::vector<std::string> own_secrets;  // the keys of secrets that stand in the file itself: "ami.secret"
  std::string exposed;                   // a sentence where others can read such a file, else empty; by load()
};

inline constexpr std::size_t most_file_bytes = 1U << 20U;

// Reads at most 1 MiB. Either the whole configuration, or every mistake at once, sorted by line. Secret files that it
// names are read here.
std::expected<config, std::vector<problem>> load(const std::string& path);

// As load(), from text that is there already.
std::expected<config, std::vector<problem>> parse(std::string_view yaml);

// "config.yml:12: server.listen must be …"
std::string describe(const problem& found, std::string_view name);
// One line for each, for standard error.
std::string describe(const std::vector<problem>& found, std::string_view name);

// Where the file is when nobody says: /etc/click2call/config.yml, else where the reference keeps it; the first that
// exists.
std::optional<std::string> find_config();

}  // namespace c2c::config
