#include "cluster/record_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace c2c::cluster {
namespace {

namespace json = boost::json;

constexpr std::size_t most_bytes = 4'096;
constexpr std::size_t max_depth = 4;
constexpr std::array<std::string_view, 3> phases{"placing", "placed", "withdrawn"};
static_assert(phases.size() == static_cast<std::size_t>(call::phase::withdrawn) + 1);

std::optional<std::string> text(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  const json::string* const value = found != nullptr ? found->if_string() : nullptr;
  return value != nullptr ? std::optional(std::string(*value)) : std::nullopt;
}

std::optional<wall_time> time(const json::value* found) {
  const std::int64_t* const value = found != nullptr ? found->if_int64() : nullptr;
  return value != nullptr ? std::optional(wall_time(std::chrono::milliseconds(*value))) : std::nullopt;
}

// States only go forward, and nothing follows the last.
std::optional<call::history> to_history(const json::value* from) {
  const json::array* const list = from != nullptr ? from->if_array() : nullptr;
  if (list == nullptr || list->empty() || list->size() > call::history::static_capacity) {
    return std::nullopt;
  }
  call::history out;
  for (const json::value& entry : *list) {
    const json::object* const fields = entry.if_object();
    if (fields == nullptr || (!out.empty() && call::complete(out))) {
      return std::nullopt;
    }
    const auto state = call::state_named(text(*fields, "state").value_or("-"));
    const auto reason = call::reason_named(text(*fields, "reason").value_or("-"));
    const auto at = time(fields->if_contains("at"));
    if (!state || !reason || !at || (!out.empty() && *state <= out.back().state)) {
      return std::nullopt;
    }
    out.push_back({*state, *reason, *at});
  }
  return out;
}

}  // namespace

std::string encode(const call::record& record) {
  json::array states;
  for (const call::change& change : record.history) {
    states.push_back({{"state", call::to_string(change.state)},
                      {"reason", call::to_string(change.reason)},
                      {"at", change.at.time_since_epoch().count()}});
  }
  return json::serialize(json::value{
      {"iden", record.iden},
      {"home", record.home},
      {"owner", record.owner},
      {"destination", record.destination},
      {"server", record.server},
      {"phase", phases[static_cast<std::size_t>(record.phase)]},
      {"cancelled", record.cancelled},
      {"liveUntil", record.live_until.time_since_epoch().count()},
      {"told", std::move(states)},
  });
}

result<call::record> decode(std::string_view text_) {
  json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code ec;
  const json::value parsed = text_.size() <= most_bytes ? json::parse(text_, ec, {}, options) : json::value();
  const json::object* const from = ec ? nullptr : parsed.if_object();
  if (from == nullptr) {
    return fail(errc::malformed, "no record of a call");
  }
  const auto iden = text(*from, "iden");
  const auto home = text(*from, "home");
  const auto owner = text(*from, "owner");
  const auto destination = text(*from, "destination");
  const auto server = text(*from, "server");
  const auto* const phase_name = std::ranges::find(phases, text(*from, "phase").value_or(""));
  const json::value* const cancelled = from->if_contains("cancelled");
  const auto until = time(from->if_contains("liveUntil"));
  const auto history = to_history(from->if_contains("told"));
  const bool whole = iden && home && owner && destination && server && phase_name != phases.end() &&
                     cancelled != nullptr && cancelled->is_bool() && until && history;
  if (!whole) {
    return fail(errc::malformed, "no record of a call");
  }
  return call::record{.iden = *iden,
                      .home = *home,
                      .owner = *owner,
                      .destination = *destination,
                      .server = *server,
                      .phase = static_cast<call::phase>(phase_name - phases.begin()),
                      .cancelled = cancelled->get_bool(),
                      .live_until = *until,
                      .history = *history};
}

}  // namespace c2c::cluster
