#include "model_pbx.hpp"

#include <algorithm>

#include "asterisk/translate.hpp"
#include "base/ascii.hpp"
#include "support/call_events.hpp"

namespace c2c::sim {

using namespace std::chrono_literals;

// --- the server

std::vector<std::string> model_asterisk::live() const {
  std::vector<std::string> out;
  for (const auto& [key, call] : calls_) {
    out.push_back(key);
  }
  return out;
}

void model_asterisk::freeze(milliseconds time) {
  world_.trace("* {} freezes for {} ms", name_, time.count());
  frozen_until_ = std::max(frozen_until_, world_.now() + time);
  if (time >= 5s) {
    // Its peers give it up after so much silence.
    world_.after(5s, [this] {
      if (world_.now() < frozen_until_) {
        cut_sessions();
      }
    });
  }
}

void model_asterisk::when_thawed(std::function<void()> work) {
  const std::uint64_t boot = boots_;
  world_.at(frozen_until_, [this, boot, work = std::move(work)] {
    if (boots_ != boot) {
      return;
    }
    if (frozen()) {
      return when_thawed(work);
    }
    work();
  });
}

void model_asterisk::cut_sessions() {
  world_.trace("* the sessions with {} are lost", name_);
  heard_since_ = world_.now();
  const auto ports = ports_;
  for (const auto& [instance, port] : ports) {
    port->lose(name_);
  }
}

void model_asterisk::restart(milliseconds away, bool with_calls) {
  world_.trace("* {} restarts {} its calls, away for {} ms", name_, with_calls ? "with" : "without", away.count());
  up_ = false;
  ++boots_;
  for (const auto& [key, call] : with_calls ? decltype(calls_)() : std::exchange(calls_, {})) {
    on_end(key, call.endpoint);
  }
  cut_sessions();
  world_.after(away, [this] {
    up_ = true;
    heard_since_ = world_.now();
  });
}

void model_asterisk::emit(const std::string& event) {
  for (const auto& [instance, port] : ports_) {
    port->tell(name_, event);
  }
}

void model_asterisk::add_channel(live_call& call, const std::string& id) {
  call.channels.push_back({id, {}, world_.now()});
  emit(test::call_events{call.iden}.newchannel(id));
}

// A step of a call's script. A frozen server does nothing until it thaws.
void model_asterisk::later(const std::string& key, milliseconds wait, std::function<void(live_call&)> step) {
  const std::uint64_t script = calls_.at(key).script;
  world_.after(wait, [this, key, script, step = std::move(step)] {
    const auto found = calls_.find(key);
    if (found == calls_.end() || found->second.script != script) {
      return;
    }
    if (world_.now() < frozen_until_) {
      return later(key, std::chrono::ceil<milliseconds>(frozen_until_ - world_.now()), step);
    }
    step(found->second);
  });
}

void model_asterisk::take_order(const pbx::order& wanted, const std::string& order, const std::string& instance) {
  const std::string key = ascii::to_lower(wanted.iden);
  world_.trace("{} gets an order of {} for {}", name_, instance, wanted.iden);
  on_order(key, wanted.endpoint);
  if (calls_.contains(key)) {
    return emit(test::call_events{wanted.iden}.originate_response(order, false));  // a duplicate id
  }
  calls_.emplace(key, live_call{.iden = wanted.iden,
                                .endpoint = wanted.endpoint,
                                .order = order,
                                .instance = instance,
                                .channels = {},
                                .fate = world_.dice_for(chance_of::server, std::hash<std::string>()(key)),
                                .script = ++scripts_});
  begin(key);
}

void model_asterisk::begin(const std::string& key) {
  live_call& call = calls_.at(key);
  const test::call_events say{call.iden};
  const std::string phone = call.iden + "-n1";
  add_channel(call, call.iden);
  add_channel(call, call.iden + "-2");
  emit(say.originate_dials());
  if (call.fate.chance(0.05)) {
    return later(key, 20ms, [this, key](live_call&) { end(key, 0); });  // a dialplan that dials nobody
  }
  later(key, call.fate.between(0ms, 50ms), [this, key, phone](live_call& it) {
    const test::call_events tell{it.iden};
    add_channel(it, phone);
    emit(tell.dial_begin(1, phone));
    const auto fate = it.fate.below(10);
    if (fate < 7) {
      later(key, it.fate.between(100ms, 20'000ms), [this, key, phone](live_call& rings) {
        const test::call_events now{rings.iden};
        emit(now.dial_end(1, "ANSWER", phone));
        emit(now.originate_response(rings.order, true));
        for (channel& each : rings.channels) {
          each.bridge = each.id == rings.iden ? "" : "b1-" + key;
        }
        dial_destination(key);
      });
      return;
    }
    const bool busy = fate < 9;
    later(key, busy ? it.fate.between(1ms, 2'000ms) : 30'000ms, [this, key, phone, busy](live_call& fails) {
      const test::call_events now{fails.iden};
      if (fails.fate.chance(0.3)) {
        emit(now.originate_response(fails.order, false));  // it overtakes the channels' own events
      }
      emit(now.dial_end(1, busy ? "BUSY" : "NOANSWER", phone));
      end(key, busy ? 17 : 19);
    });
  });
}

void model_asterisk::dial_destination(const std::string& key) {
  later(key, calls_.at(key).fate.between(1ms, 50ms), [this, key](live_call& call) {
    const std::string phone = call.iden + "-n2";
    add_channel(call, phone);
    emit(test::call_events{call.iden}.dial_begin(2, phone));
    const bool answers = call.fate.chance(0.7);
    const bool machine = call.fate.chance(0.4);  // which answers at once
    later(key, call.fate.between(200ms, machine ? 1'000ms : 15'000ms), [this, key, phone, answers](live_call& rings) {
      const test::call_events say{rings.iden};
      emit(say.dial_end(2, answers ? "ANSWER" : "BUSY", phone));
      if (!answers) {
        return end(key, 17);
      }
      for (channel& each : rings.channels) {
        if (each.id == rings.iden || each.id == phone) {
          each.bridge = "b2-" + key;
        }
      }
      emit(say.bridge_enter(phone, "b2-" + key, 1));
      emit(say.bridge_enter(rings.iden, "b2-" + key, 2));
      later(key, rings.fate.between(500ms, std::chrono::milliseconds(longest_talk)),
            [this, key](live_call&) { end(key, 16); });
    });
  });
}

void model_asterisk::end(const std::string& key, int cause) {
  const auto call = calls_.extract(key).mapped();
  world_.trace("{} ends {}", name_, call.iden);
  const test::call_events say{call.iden};
  for (auto each = call.channels.rbegin(); each != call.channels.rend(); ++each) {
    emit(say.hangup(each->id, cause));
  }
  on_end(key, call.endpoint);
}

void model_asterisk::hang_up(std::string_view channel) {
  const std::string wanted = ascii::to_lower(channel);
  for (const auto& [key, call] : calls_) {
    if (std::ranges::any_of(call.channels, [&](const auto& each) { return ascii::to_lower(each.id) == wanted; })) {
      on_hang_up(key, call.endpoint);
      return end(std::string(key), 16);
    }
  }
}

void model_asterisk::list_for(model_port& to) {
  for (const auto& [key, call] : calls_) {
    for (const channel& each : call.channels) {
      const auto age = std::chrono::duration_cast<std::chrono::seconds>(world_.now() - each.begun);
      const std::string duration = fmt::format("{:02}:{:02}:{:02}", age / 1h, age % 1h / 1min, age % 1min / 1s);
      to.tell(name_, test::call_events{call.iden}.listed(each.id, each.bridge, duration));
    }
  }
  to.tell(name_, "Event: CoreShowChannelsComplete\r\n");
}

// --- the way there

struct model_port::ordered {
  timer wait;
  std::optional<result<void>> outcome;

  void finish(result<void> how) {
    if (!outcome) {
      outcome = std::move(how);
      wait.cancel();
    }
  }
};

model_port::model_port(agenda& world, loop& of, std::vector<model_asterisk*> servers, std::string name)
    : world_(world), loop_(of), name_(std::move(name)) {
  for (model_asterisk* const server : servers) {
    links_[server->name()].server = server;
    connect_later(server->name(), 1ms);
  }
}

model_port::~model_port() {
  *gone_ = true;
  for (auto& [name, link] : links_) {
    link.server->ports_.erase(name_);
  }
}

void model_port::connect_later(const std::string& server, milliseconds wait) {
  world_.after(wait, [this, server, gone = gone_] {
    if (*gone) {
      return;
    }
    link& to = links_.at(server);
    if (to.up) {
      return;
    }
    if (!to.server->reachable() || loop_.frozen) {
      return connect_later(server, world_.between(100ms, 2'000ms));
    }
    to.up = true;
    to.since = world_.now();
    ++to.epoch;
    to.arrives = to.returns = world_.now();
    to.server->ports_.emplace(name_, this);
    // What waits for a session was asked before its listener asks for anything.
    loop_.post([this, server, epoch = to.epoch, gone] {
      if (*gone) {
        return;
      }
      for (const auto& order : std::exchange(links_.at(server).waiting, {})) {
        order->wait.cancel();
      }
      loop_.post([this, server, epoch, gone] {
        if (!*gone && links_.at(server).epoch == epoch) {
          listener_->on_ready(server);
        }
      });
    });
  });
}

void model_port::lose(const std::string& server) {
  link& to = links_.at(server);
  if (!to.up) {
    return;
  }
  to.up = false;
  ++to.epoch;
  to.server->ports_.erase(name_);
  loop_.post([this, server, gone = gone_, orders = std::exchange(to.orders, {})] {
    if (*gone) {
      return;
    }
    listener_->on_lost(server);
    for (const auto& order : orders) {
      order->finish(fail(errc::outcome_unknown, "the session was lost"));
    }
  });
  connect_later(server, world_.between(100ms, 1'000ms));
}

std::optional<steady_time> model_port::up_since(const std::string& server) const {
  const link& to = links_.at(server);
  return to.up ? std::optional(to.since) : std::nullopt;
}

void model_port::at_server(const std::string& server, std::function<void(model_asterisk&)> work) {
  link& to = links_.at(server);
  to.arrives = std::max(to.arrives, world_.now() + world_.between(0ms, to.server->latency));
  world_.at(to.arrives, [this, server, epoch = to.epoch, gone = gone_, work = std::move(work)] {
    if (*gone) {
      return;
    }
    model_asterisk& there = *links_.at(server).server;
    if (links_.at(server).epoch != epoch) {
      return;
    }
    if (there.frozen()) {
      // It lies in the server's socket, and is carried out when that thaws, whether the session is still there or not.
      return there.when_thawed([this, server, gone, work] {
        if (!*gone) {
          work(*links_.at(server).server);
        }
      });
    }
    work(there);
  });
}

void model_port::tell(const std::string& server, std::string text) {
  link& to = links_.at(server);
  to.returns = std::max(to.returns, world_.now() + world_.between(0ms, to.server->latency));
  world_.at(to.returns, [this, server, epoch = to.epoch, gone = gone_, text = std::move(text)]() mutable {
    if (*gone || links_.at(server).epoch != epoch) {
      return;
    }
    loop_.post([this, server, epoch, gone, text = std::move(text)] {
      if (*gone || links_.at(server).epoch != epoch) {
        return;
      }
      if (const auto event = asterisk::translate(asterisk::message(text))) {
        listener_->on_event(server, *event);
      }
    });
  });
}

void model_port::respond(const std::string& server, const std::shared_ptr<ordered>& to, result<void> outcome) {
  link& from = links_.at(server);
  from.returns = std::max(from.returns, world_.now() + world_.between(0ms, from.server->latency));
  world_.at(from.returns, [this, server, epoch = from.epoch, gone = gone_, to, outcome = std::move(outcome)] {
    if (*gone || links_.at(server).epoch != epoch) {
      return;
    }
    loop_.post([this, server, gone, to, outcome] {
      if (!*gone) {
        std::erase(links_.at(server).orders, to);
        to->finish(outcome);
      }
    });
  });
}

task<result<void>> model_port::originate(std::string server, pbx::order order, steady_time deadline,
                                         std::function<void(std::string_view order)> sent) {
  const steady_time until = std::min(deadline, steady_clock::now() + 2s);
  const auto mine = std::make_shared<ordered>(ordered{timer(loop_.context().get_executor(), until), {}});
  link& to = links_.at(server);
  if (!to.up && world_.chance(0.5)) {  // while a session is being made
    to.waiting.push_back(mine);
    const auto gone = gone_;
    co_await mine->wait.async_wait(as_result);
    if (*gone) {
      co_return fail(errc::not_sent, "closed");
    }
    std::erase(to.waiting, mine);
  }
  if (!to.up || steady_clock::now() >= until) {
    co_return fail(errc::not_sent, "no session in time");
  }
  mine->wait.expires_at(until);
  const std::string name = name_ + "-" + std::to_string(++orders_);
  sent(name);
  to.orders.push_back(mine);
  at_server(server, [this, server, name, order = std::move(order), mine](model_asterisk& there) {
    respond(server, mine, result<void>());
    there.take_order(order, name, name_);
  });
  co_await mine->wait.async_wait(as_result);
  if (!mine->outcome) {
    mine->finish(fail(errc::timed_out, "no response in time"));
  }
  co_return *mine->outcome;
}

void model_port::hang_up(const std::string& server, std::string_view channel,
                         std::function<void(bool allowed, std::string_view words)> /*answered*/) {
  const auto found = links_.find(server);
  if (found == links_.end() || !found->second.up) {
    return;
  }
  const bool lost = world_.chance(0.05);  // as where the session has no room for it
  world_.trace("{} hangs up {} on {}{}", name_, channel, server, lost ? ", which gets lost" : "");
  if (lost) {
    return;
  }
  at_server(server, [id = std::string(channel)](model_asterisk& there) { there.hang_up(id); });
}

void model_port::list_channels(const std::string& server) {
  if (links_.at(server).up) {
    at_server(server, [this](model_asterisk& there) { there.list_for(*this); });
  }
}

void model_port::hold(const std::string& server) {
  ++held_[server];
}

void model_port::release(const std::string& server) {
  if (--held_.at(server) == 0) {
    held_.erase(server);
  }
}

}  // namespace c2c::sim
