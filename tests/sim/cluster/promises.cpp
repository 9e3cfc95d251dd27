// What must hold, whatever the world does.
#include <algorithm>

#include "world.hpp"

namespace c2c::sim {

using namespace std::chrono_literals;

namespace {

// Long enough for a hang-up that is repeated every few seconds, and may get lost twice.
constexpr milliseconds undisturbed = 15s;
// Longer than a lease's life and a takeover: by then whoever is well has been seen to be, and what happened is told.
constexpr milliseconds well = 10s;
// As long as the longest call lives, and is remembered.
constexpr milliseconds longest_record = longest_talk + 12min;
// In which a call is answered where nothing is wrong.
constexpr milliseconds at_once = 500ms;

}  // namespace

bool world::is_well(const place& it) const {
  return it.now && !it.now->on.frozen && agenda_.now() - std::max(it.since, it.now->on.thawed) > well;
}

bool world::alone_on(const model_asterisk& server, const plan& of) const {
  // A lost record may have said which other server was asked in the end.
  const model_asterisk& first_choice = *servers_.at(of.owner.size() % servers_.size());
  const auto orders = ordered_there_.find({server.name(), of.key()});
  return &server == &first_choice && of.attempts == 1 && orders != ordered_there_.end() && orders->second == 1;
}

// A call is ordered once while it can live. Where Redis has lost what it was told, two servers can be asked for it.
void world::note_order(const model_asterisk& at, const std::string& key, const std::string& endpoint) {
  ordered_by_.try_emplace({key, endpoint}, agenda_.now());
  ++ordered_there_[{at.name(), key}];
  for (const auto& server : servers_) {
    if (server->has_channels(key) && !redis_.lost_data_since(asked_.at(key))) {
      fail_with(key, "{} is ordered again while it lives on {}", key, server->name());
    }
  }
}

// Nobody's call is hung up that was answered with 200, but by its owner. Where Redis has lost what it was told, an iden
// can have two calls; they share no server, or it is not known which of them is meant. Where a call's home is gone
// before it could tell of its 200, and its server as well, a second click is answered with an error, and ends the call.
void world::note_hang_up(const model_asterisk& at, const std::string& key, const std::string& endpoint) {
  for (const plan& of : plans_) {
    if (of.key() != key || of.endpoint() != endpoint || !of.placed || of.unwanted || of.unsure) {
      continue;
    }
    const std::string& home = at.ordered_by(key);
    if (of.refused && std::ranges::none_of(places_, [&](const place& it) { return it.now && it.now->name == home; })) {
      continue;
    }
    const bool lost = redis_.lost_data_since(asked_.at(key));
    if (!lost || alone_on(at, of)) {
      fail_with(key, "{} of {} is hung up on {}, which its owner never asked for", of.iden, of.owner, at.name());
    }
  }
}

// Who follows a call hears its end soon after, unless something is wrong or Redis has lost its record.
void world::note_end(const model_asterisk& at, const std::string& key, const std::string& endpoint) {
  ended_[{key, endpoint}] = agenda_.now();
  agenda_.after(well + 1s, [this, &at, key, endpoint] { check_told(at, key, endpoint); });
}

void world::check_told(const model_asterisk& server, const std::string& key, const std::string& endpoint) {
  const auto again = [&](const auto& each) { return each->has_channels(key, endpoint); };
  if (redis_.lost_data_since(asked_.at(key)) || std::ranges::any_of(servers_, again)) {
    return;
  }
  if (agenda_.now() - ended_.at({key, endpoint}) <= well) {
    return;  // it was used again, and that call's end is looked at later
  }
  const auto waits = [&](const following& each) {
    return !each.over && !each.cut && each.of->key() == key && each.of->endpoint() == endpoint;
  };
  const auto hears = [&](const place& it) {
    const auto up = it.now ? it.now->pbx.up_since(server.name()) : std::nullopt;
    return is_well(it) && up && agenda_.now() - *up > well;
  };
  const auto late = std::ranges::find_if(followings_, waits);
  if (late == followings_.end()) {
    return;
  }
  const bool all_well = server.reachable() && std::ranges::all_of(places_, hears) &&
                        agenda_.now() - std::max({server.heard_since(), redis_.disturbed(), late->since}) > well;
  if (!all_well) {
    return agenda_.after(1s, [this, &server, key, endpoint] { check_told(server, key, endpoint); });
  }
  fail_with(key, "{}: it is over, and a follower at {} is not told", key, late->place);
}

// Nobody takes over the calls of an instance that is well. One that went on after all takes its calls back.
void world::note_new_home(const std::string& before, const std::string& now, const std::string& key) {
  const std::string iden = key.substr(key.rfind(':') + 1);
  const bool again = moved_.contains(iden);
  moved_[iden] = now;
  const auto well_is = [&](const std::string& name) {
    return std::ranges::any_of(places_, [&](const place& it) { return is_well(it) && it.now->name == name; });
  };
  if (!again && well_is(before) && well_is(now) && agenda_.now() - redis_.disturbed() > well) {
    fail_with(iden, "{}: {} takes it over from {}, which is well", key, now, before);
  }
}

void world::check_answer(const plan& of, const result<void>& outcome, std::string_view at) {
  if (outcome && !originated(of)) {
    fail_with(of.iden, "{}: 200 at {}, and no channel ever was", of.iden, at);
  }
  if (of.must_ring && agenda_.now() - of.asked > at_once) {
    fail_with(of.iden, "{}: all has been well for a minute, and {} takes its time", of.iden, at);
  }
  // The dialplan may have refused it, and the phone may have been busy.
  if (!outcome && of.must_ring && outcome.error().code != errc::rejected) {
    fail_with(of.iden, "{}: all has been well for a minute, and {} answers {} ({})", of.iden, at,
              to_string(outcome.error().code), outcome.error().detail);
  }
  if (!outcome && outcome.error().code == errc::outcome_unknown && originated(of)) {
    check_unknown(of, at);
  }
}

// Where the session over which a call was ordered has held, it is known what became of it.
void world::check_unknown(const plan& of, std::string_view at) {
  const auto place = std::ranges::find_if(places_, [&](const auto& it) { return it.now && it.now->name == at; });
  if (place == places_.end() || !is_well(*place)) {
    return;
  }
  for (const auto& server : servers_) {
    const auto up = place->now->pbx.up_since(server->name());
    if (server->has_channels(of.key(), of.endpoint()) && server->ordered_by(of.key()) == at && up &&
        *up <= ordered_by_.at({of.key(), of.endpoint()})) {
      fail_with(of.iden, "{}: it is ordered on {}, and {} says that nobody knows what became of it", of.iden,
                server->name(), at);
    }
  }
}

// Whoever was answered with errors alone has no call, once its order's instance could hang up undisturbed.
void world::check_refused(plan& of, std::size_t attempts) {
  // Where the instance that has taken the call over is gone as well, it is hung up only if somebody asks for it.
  if (of.placed || of.unsure || of.attempts != attempts || orphaned_.contains(of.key())) {
    return;
  }
  for (const auto& server : servers_) {
    if (!server->has_channels(of.key(), of.endpoint())) {
      continue;
    }
    for (const place& each : places_) {
      if (!each.now || each.now->name != server->ordered_by(of.key())) {
        continue;
      }
      const auto up = each.now->pbx.up_since(server->name());
      const steady_time from = std::max(server->heard_since(), each.now->on.thawed);
      if (each.now->on.frozen || !server->reachable() || !up || agenda_.now() - std::max(*up, from) < undisturbed) {
        return agenda_.after(1s, [this, &of, attempts] { check_refused(of, attempts); });
      }
      fail_with(of.iden, "{} of {}: every answer was an error, and its channels live on {}", of.iden, of.owner,
                server->name());
    }
  }
}

// Whoever was told that a call is over must find no channel of it. Where Redis has lost what it was told, there may be
// two calls of that iden, or nobody who knows of this one; but who says how it ended knows that it did. Where a home is
// gone before it could tell of its 200, a second click may be answered with an error, and a third be a new call, while
// the instance that hung up the first one remembers it.
void world::check_gone(const plan& of, std::string_view why, bool said_how) {
  const bool lost = redis_.lost_data_since(asked_.at(of.key()));
  for (const auto& server : servers_) {
    const auto orders = ordered_there_.find({server->name(), of.key()});
    if (of.unwanted && of.refused && orders != ordered_there_.end() && orders->second > 1) {
      continue;
    }
    if (server->has_channels(of.key(), of.endpoint()) && (!lost || (said_how && alone_on(*server, of)))) {
      fail_with(of.iden, "{}: {}, and its channels live on {}", of.iden, why, server->name());
    }
  }
}

// An instance that is well counts as there, however much it has to ask.
void world::check_leases() {
  for (const place& each : places_) {
    if (is_well(each) && agenda_.now() - redis_.disturbed() > well && !redis_.holds("c2c:instance:" + each.now->name)) {
      fail_with("", "{} is well, and counts as gone", each.now->name);
    }
  }
}

// Nothing grows beyond what people do.
void world::check_bounds() {
  for (const place& each : places_) {
    if (each.now && each.now->shared.followed() > followings_.size()) {
      fail_with("", "{} follows more calls than anybody asked for", each.now->name);
    }
    if (each.now && each.now->calls.size() > plans_.size()) {
      fail_with("", "{} holds more calls than anybody began", each.now->name);
    }
  }
  // Of each call its record, and a nonce for each of its attempts, of which there are six at most; and the leases.
  if (redis_.keys() > plans_.size() * 8 + loops_.size()) {
    fail_with("", "Redis holds {} keys for {} calls", redis_.keys(), plans_.size());
  }
}

// Nothing of any call is left but what Redis forgets by itself.
bool world::at_rest() const {
  const bool idle = std::ranges::all_of(places_, [](const place& at) {
    return !at.now || (at.now->calls.size() == 0 && at.now->shared.followed() == 0 && at.now->pbx.held() == 0);
  });
  return idle && std::ranges::all_of(servers_, [](const auto& server) { return server->live().empty(); }) &&
         std::ranges::all_of(followings_, [](const following& each) { return each.over || each.cut; });
}

void world::check_rest() {
  for (const place& at : places_) {
    if (!at.now) {
      continue;
    }
    const instance& it = *at.now;
    if (it.calls.size() != 0) {
      const auto& left = it.calls;
      fail_with("", "{} holds {} calls at rest", it.name, left.size());
    }
    if (it.shared.followed() != 0) {
      fail_with("", "{} follows {} calls at rest", it.name, it.shared.followed());
    }
    if (it.pbx.held() != 0) {
      fail_with("", "{} holds a server at rest", it.name);
    }
  }
  for (const auto& each : followings_) {
    if (!each.over && !each.cut) {
      fail_with(each.of->iden, "{}: a follower never heard the end, {} changes seen", each.of->iden, each.seen);
    }
  }
  for (const auto& server : servers_) {
    for (const std::string& key : server->live()) {
      fail_with(key, "{} lives on {} at rest", key, server->name());
    }
  }
  if (const steady_time last = redis_.last_expiry(); last - agenda_.now() > longest_record) {
    fail_with("", "Redis holds a key for {} s at rest", (last - agenda_.now()) / 1s);
  }
}

}  // namespace c2c::sim
