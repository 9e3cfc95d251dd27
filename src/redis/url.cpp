#include "redis/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace c2c::redis {
namespace {

constexpr std::size_t most_bytes = 1'024;
constexpr std::size_t most_path_bytes = 107;  // sockaddr_un::sun_path
constexpr std::size_t most_sentinels = 9;
constexpr std::uint16_t redis_port = 6'379;
constexpr std::uint16_t sentinel_port = 26'379;
constexpr unsigned most_database = 65'535;

template <class Number>
std::optional<Number> number(std::string_view text, Number most) {
  Number value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = ec == std::errc() && end == text.data() + text.size();
  return whole && value <= most ? std::optional(value) : std::nullopt;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const auto digits = text.substr(std::min(i + 1, text.size()), 2);
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() < 2 || ec != std::errc() || end != digits.data() + 2 || value == 0) {
      return std::nullopt;
    }
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

std::unexpected<failure> wrong(std::string why) {
  return fail(errc::malformed, std::move(why));
}

result<void> read_login(std::string_view text, url& out) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return wrong("a user without a password: write user:password@, or :password@ for the default user");
  }
  auto user = unescaped(text.substr(0, colon));
  const auto password = unescaped(text.substr(colon + 1));
  if (!user || !password) {
    return wrong("user and password may hold %XX for a character, and no other %");
  }
  out.user = std::move(*user);
  out.password = secret(*password);
  return {};
}

result<void> read_database(std::string_view text, url& out) {
  const auto value = number<unsigned>(text, most_database);
  if (!value) {
    return wrong("the database must be a number, 0 in most cases");
  }
  out.database = *value;
  return {};
}

result<void> read_server(std::string_view text, std::string_view path, url& out) {
  auto where = net::parse_endpoint(text, redis_port);
  if (!where) {
    return std::unexpected(where.error());
  }
  out.server = std::move(*where);
  return path.empty() ? result<void>() : read_database(path, out);
}

result<void> read_sentinels(std::string_view text, std::string_view path, url& out) {
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    auto where = net::parse_endpoint(text.substr(0, comma), sentinel_port);
    if (!where) {
      return std::unexpected(where.error());
    }
    out.sentinels.push_back(std::move(*where));
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
  }
  if (out.sentinels.size() > most_sentinels) {
    return wrong(fmt::format("at most {} Sentinels may be named", most_sentinels));
  }
  const auto slash = path.find('/');
  out.master = path.substr(0, slash);
  const auto usable = [](char c) { return ascii::is_alnum(c) || std::string_view("-._").contains(c); };
  if (out.master.empty() || !std::ranges::all_of(out.master, usable)) {
    return wrong(
        "the name that the Sentinels have for the master stands after them: redis+sentinel://host:26379/mymaster");
  }
  return slash == std::string_view::npos ? result<void>() : read_database(path.substr(slash + 1), out);
}

result<url> parse_socket(std::string_view text) {
  url out;
  const auto question = text.find('?');
  out.socket = text.substr(0, question);
  if (!out.socket.starts_with('/') || out.socket.size() > most_path_bytes) {
    return wrong(
        fmt::format("a UNIX socket's path is absolute and has at most {} characters: unix:///run/redis/redis.sock",
                    most_path_bytes));
  }
  if (question != std::string_view::npos) {
    const std::string_view query = text.substr(question + 1);
    if (!query.starts_with("db=")) {
      return wrong("after a UNIX socket's path there may be ?db= and a number");
    }
    if (const auto read = read_database(query.substr(3), out); !read) {
      return std::unexpected(read.error());
    }
  }
  return out;
}

}  // namespace

std::string url::place() const {
  if (!socket.empty()) {
    return fmt::format("unix://{}?db={}", socket, database);
  }
  if (sentinels.empty()) {
    return fmt::format("{}://{}/{}", tls ? "rediss" : "redis", server.written(), database);
  }
  std::string all;
  for (const auto& sentinel : sentinels) {
    all += (all.empty() ? "" : ",") + sentinel.written();
  }
  return fmt::format("{}://{}/{}/{}", tls ? "rediss+sentinel" : "redis+sentinel", all, master, database);
}

result<url> parse_url(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (text.size() > most_bytes || !std::ranges::all_of(text, visible)) {
    return wrong(fmt::format("it has at most {} visible ASCII characters", most_bytes));
  }
  const auto colon = text.find("://");
  const std::string scheme = ascii::to_lower(text.substr(0, colon));
  std::string_view rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 3);
  if (scheme == "unix" && colon != std::string_view::npos) {
    return parse_socket(rest);
  }
  const bool sentinel = scheme == "redis+sentinel" || scheme == "rediss+sentinel";
  if (colon == std::string_view::npos || (scheme != "redis" && scheme != "rediss" && !sentinel)) {
    return wrong("it begins with redis://, rediss:// (TLS), unix:// or, for Sentinel, redis+sentinel://");
  }
  url out;
  out.tls = scheme.starts_with("rediss");
  const auto slash = rest.find('/');
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  rest = rest.substr(0, slash);
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (const auto read = read_login(rest.substr(0, at), out); !read) {
      return std::unexpected(read.error());
    }
    rest = rest.substr(at + 1);
  }
  const auto read = sentinel ? read_sentinels(rest, path, out) : read_server(rest, path, out);
  if (!read) {
    return std::unexpected(read.error());
  }
  return out;
}

}  // namespace c2c::redis
