#include "client/call.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "auth/digest.hpp"
#include "base/ascii.hpp"
#include "client/json.hpp"

namespace c2c::client {

namespace {

namespace json = boost::json;

struct challenge {
  std::string nonce;
  std::string realm;
};

json::object to_object(const std::string& body) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  return !error && value.is_object() ? std::move(value.get_object()) : json::object{};
}

}  // namespace

refused refusal(step at, const answer& got) {
  return {.at = at,
          .status = got.status,
          .error = std::string(text_of(to_object(got.body), "error")),
          .retry_after = got.retry_after,
          .location = got.location};
}

namespace {

std::expected<challenge, outcome> ask(const settings& who, const transport& send) {
  auto got = send("challenge", json::serialize(json::object{{"aor", who.aor}}), repeat::safe);
  if (!got) {
    return std::unexpected(outcome{failed{.at = step::challenge, .why = std::move(got.error())}});
  }
  if (got->status != 200) {
    return std::unexpected(outcome{refusal(step::challenge, *got)});
  }
  const json::object object = to_object(got->body);
  challenge out{.nonce = std::string(text_of(object, "nonce")), .realm = std::string(text_of(object, "realm"))};
  if (out.nonce.empty()) {
    return std::unexpected(outcome{nonsense{}});
  }
  if (out.realm.empty()) {
    out.realm = who.domain;
  }
  return out;
}

std::string signed_request(const settings& who, const order& what, const challenge& with) {
  auth::digester digester;
  const auto response = digester.response(who.user, with.realm, who.password.view(), with.nonce, what.destination);
  json::object out{{"aor", who.aor},
                   {"nonce", with.nonce},
                   {"response", std::string_view(response.data(), response.size())},
                   {"destination", what.destination},
                   {"iden", what.iden}};
  if (what.max_duration_ms) {
    out["maxDuration"] = *what.max_duration_ms;
  }
  if (what.dial_timeout_s) {
    out["dialTimeout"] = *what.dial_timeout_s;
  }
  if (what.optimize) {
    out["optimize"] = true;
  }
  if (what.progress) {
    out["progress"] = true;
  }
  return json::serialize(out);
}

}  // namespace

std::string make_iden(random_source& random) {
  static constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t length = 16;
  std::string out(length, '\0');
  std::ranges::generate(out, [&] { return base62[random.below(base62.size())]; });
  return out;
}

bool is_iden(std::string_view iden) noexcept {
  constexpr std::size_t most = 32;
  return !iden.empty() && iden.size() <= most &&
         std::ranges::all_of(iden, [](char c) { return ascii::is_alnum(c) || c == '_' || c == '-'; });
}

outcome place(const settings& who, const order& what, const transport& send) {
  bool renewed = false;
  bool reconnected = false;
  for (;;) {
    std::expected<challenge, outcome> with = ask(who, send);
    if (!with) {
      with.error().maybe_placed = reconnected;
      return std::move(with.error());
    }
    const std::string request = signed_request(who, what, *with);
    if (what.dry_run) {
      return {rehearsed{.nonce = with->nonce, .realm = with->realm, .request = request}};
    }
    auto got = send("call", request, repeat::never);
    if (!got) {
      if (got.error().kind == trouble_kind::broken && !std::exchange(reconnected, true)) {
        continue;
      }
      const bool sent = got.error().sent;
      return {failed{.at = step::call, .why = std::move(got.error())}, sent || reconnected};
    }
    if (got->status == 401 && !std::exchange(renewed, true)) {
      continue;
    }
    if (got->status != 200) {
      return {refusal(step::call, *got), reconnected};
    }
    const json::object said = to_object(got->body);
    std::string iden(text_of(said, "iden"));
    if (!is_iden(iden)) {
      iden = what.iden;
    }
    return {placed{std::move(iden), std::string(text_of(said, "ticket"))}};
  }
}

}  // namespace c2c::client
