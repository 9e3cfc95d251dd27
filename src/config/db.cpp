#include <utility>

#include <fmt/format.h>

#include "config/secrets.hpp"
#include "config/sections.hpp"
#include "directory/query.hpp"
#include "directory/sqlite.hpp"
#include "net/endpoint.hpp"

namespace c2c::config {
namespace {

void read_query(section& part, db_section& out) {
  const auto text = part.text("query");
  if (!text || text->empty()) {
    return;
  }
  if (const auto compiled = directory::compile_query(*text); !compiled) {
    part.wrong("query", compiled.error().detail);
  }
  out.query = *text;
}

void check_mysql(section& part, const db_section& db) {
  constexpr std::size_t most_path_bytes = 107;  // sockaddr_un::sun_path
  if (db.host.empty() == db.socket.empty()) {
    part.wrong(db.host.empty() ? "host" : "socket",
               db.host.empty()
                   ? "is missing: set the database's host name or address, or db.socket, or db.driver: sqlite"
                   : "and host are both given: keep one");
  }
  if (!db.host.empty() && !net::is_host(db.host)) {
    part.wrong("host", fmt::format("must be a host name or an address without a port, not \"{}\"", shown(db.host)));
  }
  if (!db.socket.empty() && (db.socket.front() != '/' || db.socket.size() > most_path_bytes)) {
    part.wrong("socket", fmt::format("must be an absolute path of at most {} characters", most_path_bytes));
  }
  if (!db.socket.empty() && db.tls) {
    part.wrong("tls", "has no use on a UNIX socket: remove it");
  }
  require(part, "name", db.name, "set the database's name, \"ivozprovider\" on IvozProvider");
  require(part, "user", db.user, "set the database user, one that may only read the tables that the service needs");
}

void read_password(section& part, db_section& out) {
  auto password = read_secret(part, "password");
  if (password.value && password.value->reveal() == "changeme") {
    part.wrong(
        "password",
        "is the placeholder that everybody knows: make one with `openssl rand -hex 32`, give it to the database user "
        "with ALTER USER … IDENTIFIED BY, and put it here");
  } else if (password.value) {
    out.password = std::move(*password.value);
  }
}

}  // namespace

void read_db(reader& all, db_section& out) {
  section part(all, "db");
  const auto driver = part.choice("driver", {"mysql", "sqlite"});
  out.driver = driver == 1U ? db_driver::sqlite : db_driver::mysql;
  set(out.host, part.text("host"));
  set(out.port, part.integer("port", any_port));
  set(out.socket, part.text("socket"));
  set(out.name, part.text("name"));
  set(out.user, part.text("user"));
  set(out.tls, part.flag("tls"));
  set(out.max_connections, part.integer("max_connections", {.least = 1, .most = 10'000}));
  set(out.path, part.text("path"));
  read_query(part, out);
  if (out.driver == db_driver::sqlite) {
    // The reference's keys may stay in the file; they, and its placeholder, have no use here.
    part.has("password");
    part.has("password_file");
    out.path = out.path.empty() ? std::string(directory::default_terminals_path) : out.path;
    return;
  }
  read_password(part, out);
  // Under a mistyped driver nobody can say what is missing.
  if (driver || !part.has("driver")) {
    check_mysql(part, out);
  }
}

}  // namespace c2c::config
