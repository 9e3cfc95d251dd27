#include "routing/jsonrpc.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include <boost/asio/ip/address.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/ascii.hpp"

namespace c2c::routing {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 16;
constexpr std::size_t max_quoted_bytes = 120;
constexpr std::size_t max_destinations = 1000;  // of all sets; choosing one among them takes quadratic time

// What a peer wrote, fit for a line of the log.
std::string quoted(std::string_view text) {
  std::string out(text.substr(0, max_quoted_bytes));
  std::ranges::replace_if(out, ascii::is_control, '?');
  return '"' + out + '"';
}

std::optional<std::string_view> as_string(const json::value* value) {
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::optional<std::string_view>(std::string_view(*text)) : std::nullopt;
}

const json::value* member(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  return object != nullptr ? object->if_contains(name) : nullptr;
}

// The `result` of a reply, or why there is none.
result<json::value> result_of(unsigned http_status, std::string_view body, std::string_view not_found_text) {
  const std::string status = "HTTP " + std::to_string(http_status);
  if (body.size() > max_reply_bytes) {
    return fail(errc::malformed, "a reply of more than 256 KiB");
  }
  json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code ec;
  json::value reply = json::parse(body, ec, {}, options);
  if (ec || !reply.is_object()) {
    return fail(errc::malformed, status + ", and the body is no JSON-RPC reply: " + quoted(body));
  }
  // Errors come with HTTP status 500 or the error's own code, so the body alone tells them from a success.
  if (const json::value* error = member(reply, "error"); error != nullptr && !error->is_null()) {
    const auto message = as_string(member(*error, "message"));
    if (message == not_found_text) {
      return fail(errc::not_found, std::string(not_found_text));
    }
    return fail(errc::malformed, status + ", Kamailio refused: " + quoted(message.value_or("no message")));
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

bool is_host_name(std::string_view host) {
  constexpr std::size_t max_name_bytes = 253;
  const auto allowed = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  return !host.empty() && host.size() <= max_name_bytes && ascii::is_alnum(host.front()) &&
         std::ranges::all_of(host, allowed);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

std::string htable_get_request(std::string_view table, std::uint64_t company_id) {
  return R"({"jsonrpc":"2.0","method":"htable.get","params":[")" + std::string(table) + R"(",")" +
         std::to_string(company_id) + R"("],"id":1})";
}

std::string dispatcher_list_request() {
  return R"({"jsonrpc":"2.0","method":"dispatcher.list","id":1})";
}

result<std::string> parse_sip_host(std::string_view uri) {
  const auto malformed = [uri] { return fail(errc::malformed, "no SIP URI: " + quoted(uri)); };
  if (!ascii::iequals(uri.substr(0, 4), "sip:")) {
    return malformed();
  }
  std::string_view rest = uri.substr(4);
  rest = rest.substr(0, rest.find_first_of(";?"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  std::string_view host;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    host = close == std::string_view::npos ? std::string_view() : rest.substr(1, close - 1);
    boost::system::error_code ec;
    asio::ip::make_address_v6(std::string(host), ec);
    if (ec) {
      return malformed();
    }
    rest.remove_prefix(close + 1);
  } else {
    host = rest.substr(0, rest.find(':'));
    if (!is_host_name(host)) {
      return malformed();
    }
    rest.remove_prefix(host.size());
  }
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) {
    return malformed();
  }
  return std::string(host);
}

result<std::string> parse_htable_reply(unsigned http_status, std::string_view body) {
  const auto reply = result_of(http_status, body, "Key name doesn't exist in htable.");
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
  const auto reply = result_of(http_status, body, "No Destination Sets");
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
    return fail(errc::malformed, "no list of dispatcher sets: " + quoted(body));
  }
  return sets;
}

}  // namespace c2c::routing
