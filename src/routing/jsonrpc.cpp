#include "routing/jsonrpc.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "routing/in_quotes.hpp"
#include "routing/sip_uri.hpp"

namespace c2c::routing {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 16;
constexpr std::size_t max_destinations = 1000;  // of all sets; choosing one among them takes quadratic time

std::optional<std::string_view> as_string(const json::value* value) {
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::optional<std::string_view>(std::string_view(*text)) : std::nullopt;
}

const json::value* member(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  return object != nullptr ? object->if_contains(name) : nullptr;
}

// The `result` of a reply, or why there is none. `nothing_there` is how Kamailio words that it has not got what was
// asked for: its error codes do not tell that from a refusal.
result<json::value> result_of(unsigned http_status, std::string_view body,
                              std::initializer_list<std::string_view> nothing_there) {
  const std::string status = "HTTP " + std::to_string(http_status);
  if (body.size() > max_reply_bytes) {
    return fail(errc::malformed, "a reply of more than 256 KiB");
  }
  json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code ec;
  json::value reply = json::parse(body, ec, {}, options);
  if (ec || !reply.is_object()) {
    return fail(errc::malformed, status + ", and the body is no JSON-RPC reply: " + in_quotes(body));
  }
  // Errors come with HTTP status 500 or the error's own code, so the body alone tells them from a success.
  if (const json::value* error = member(reply, "error"); error != nullptr && !error->is_null()) {
    const auto message = as_string(member(*error, "message"));
    if (message && std::ranges::find(nothing_there, *message) != nothing_there.end()) {
      return fail(errc::not_found, std::string(*message));
    }
    return fail(errc::malformed, status + ", Kamailio refused: " + in_quotes(message.value_or("no message")));
  }
  json::value* value = reply.get_object().if_contains("result");
  if (value == nullptr || http_status != 200) {
    return fail(errc::malformed, status + ", without a result");
  }
  return std::move(*value);
}

// Calls `found` for each object that has a member `name`, however deep; does not look inside one that has.
template <class Found>
void each_with(const json::value& value, std::string_view name, const Found& found) {
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) {
      each_with(item, name, found);
    }
  } else if (member(value, name) != nullptr) {
    found(value);
  } else if (const json::object* object = value.if_object()) {
    for (const auto& item : *object) {
      each_with(item.value(), name, found);
    }
  }
}

destination to_destination(const json::value& value) {
  destination out;
  out.flags = as_string(member(value, "FLAGS")).value_or("");
  const auto uri = as_string(member(value, "URI"));
  if (auto host = parse_sip_host(uri.value_or("")); host) {
    out.host = std::move(*host);
    out.usable = out.flags.starts_with('A') || out.flags.starts_with('T');
  }
  return out;
}

}  // namespace

std::string htable_get_request(std::string_view table, std::uint64_t company_id) {
  return R"({"jsonrpc":"2.0","method":"htable.get","params":[")" + std::string(table) + R"(",")" +
         std::to_string(company_id) + R"("],"id":1})";
}

std::string dispatcher_list_request() {
  return R"({"jsonrpc":"2.0","method":"dispatcher.list","id":1})";
}

std::string ul_lookup_request(std::string_view table, std::string_view user, std::string_view domain) {
  const json::string aor(std::string(user) + '@' + std::string(domain));
  return R"({"jsonrpc":"2.0","method":"ul.lookup","params":[")" + std::string(table) + R"(",)" + json::serialize(aor) +
         R"(],"id":1})";
}

result<std::string> parse_htable_reply(unsigned http_status, std::string_view body) {
  const auto reply = result_of(http_status, body, {"Key name doesn't exist in htable."});
  if (!reply) {
    return std::unexpected(reply.error());
  }
  std::optional<std::string_view> uri;
  each_with(*reply, "value", [&uri](const json::value& item) { uri = uri ? uri : as_string(member(item, "value")); });
  if (!uri) {
    return fail(errc::malformed, "the value is no string");
  }
  return parse_sip_host(*uri);
}

result<std::vector<dispatcher_set>> parse_dispatcher_list(unsigned http_status, std::string_view body) {
  const auto reply = result_of(http_status, body, {"No Destination Sets"});
  if (!reply) {
    return std::unexpected(reply.error());
  }
  std::vector<dispatcher_set> sets;
  bool whole = true;
  std::size_t destinations = 0;
  each_with(*reply, "TARGETS", [&](const json::value& set) {
    const json::value* id = member(set, "ID");
    boost::system::error_code ec;
    const auto number = id != nullptr ? id->to_number<std::uint64_t>(ec) : 0;
    whole = whole && id != nullptr && !ec;
    dispatcher_set& added = sets.emplace_back();
    added.id = number;
    each_with(*member(set, "TARGETS"), "URI",
              [&](const json::value& row) { added.destinations.push_back(to_destination(row)); });
    destinations += added.destinations.size();
  });
  if (destinations > max_destinations) {
    return fail(errc::malformed, "more than 1000 destinations");
  }
  if (!whole || sets.empty()) {
    return fail(errc::malformed, "no list of dispatcher sets: " + in_quotes(body));
  }
  return sets;
}

result<bool> parse_ul_reply(unsigned http_status, std::string_view body) {
  const auto reply = result_of(http_status, body, {"AOR not found in location table", "AOR has no contacts"});
  if (!reply && reply.error().code == errc::not_found) {
    return false;
  }
  if (!reply) {
    return std::unexpected(reply.error());
  }
  std::size_t contacts = 0;
  std::size_t gone = 0;
  each_with(*reply, "Expires", [&](const json::value& contact) {
    const auto expires = as_string(member(contact, "Expires"));
    ++contacts;
    gone += expires == "expired" || expires == "deleted" ? 1 : 0;
  });
  if (contacts == 0) {
    return fail(errc::malformed, "no contacts in the reply: " + in_quotes(body));
  }
  return contacts > gone;
}

}  // namespace c2c::routing
