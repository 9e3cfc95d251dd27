#include "model_redis.hpp"

#include <algorithm>
#include <optional>

#include "net/reconnect.hpp"

namespace c2c::sim {

using redis::answer;

// One connection of one instance. It outlives its owner while something of it is under way.
class model_connection : public std::enable_shared_from_this<model_connection> {
 public:
  model_connection(model_redis& server, agenda& world, loop& of, std::function<void()> on_up,
                   std::function<void(std::string_view, std::string_view)> on_message)
      : server_(server), world_(world), loop_(of), on_up_(std::move(on_up)), on_message_(std::move(on_message)) {}

  void connect_later(milliseconds wait) {
    world_.after(wait, [self = shared_from_this()] {
      if (self->stopped_ || self->up_) {
        return;
      }
      if (!self->server_.reachable() || self->world_.now() < self->loop_.sees_redis) {
        return self->connect_again();
      }
      if (self->way_back_.is_down()) {
        self->server_.disturbed_ = self->world_.now();
      }
      self->way_back_.up(self->world_.now());
      self->up_ = true;
      self->loop_.post([self] {
        if (!self->stopped_ && self->up_ && self->on_up_) {
          self->on_up_();
        }
      });
    });
  }

  void submit(std::vector<std::string> command, redis::completion done) {
    if (stopped_ || !up_) {
      return done(fail(errc::store_unavailable, "no connection"));
    }
    const auto asked = std::make_shared<question>(question{std::move(done)});
    pending_.push_back(asked);
    const std::uint64_t epoch = epoch_;
    arrives_ = std::max(arrives_, world_.now() + one_way());
    const auto execute = [self = shared_from_this(), asked, epoch,
                          command = std::move(command)](const auto& again) -> void {
      if (epoch != self->epoch_) {
        return;  // it was on its way when the connection was lost
      }
      if (self->world_.now() < self->server_.stalled_until_) {
        return self->world_.at(self->server_.stalled_until_, [again] { again(again); });
      }
      answer told = self->server_.execute(command, *self);
      self->returns_ = std::max(self->returns_, self->world_.now() + self->one_way());
      self->world_.at(self->returns_, [self, asked, epoch, told = std::move(told)]() mutable {
        if (epoch == self->epoch_) {
          self->loop_.post([asked, told = std::move(told)]() mutable { asked->finish(std::move(told)); });
        }
      });
    };
    world_.at(arrives_, [execute] { execute(execute); });
    world_.after(milliseconds(1'000), [self = shared_from_this(), asked, epoch] {
      if (!asked->done) {
        return;
      }
      self->loop_.post([self, asked, epoch] {
        if (asked->done && epoch == self->epoch_) {
          self->lose("no answer in time");
        }
      });
    });
  }

  void lose(std::string_view why) {
    if (!up_) {
      return;
    }
    up_ = false;
    ++epoch_;
    channels.clear();
    loop_.post([self = shared_from_this(), why = std::string(why), lost = std::exchange(pending_, {})] {
      for (const auto& asked : lost) {
        asked->finish(fail(errc::store_unavailable, why));
      }
    });
    connect_again();
  }
  void stop() {
    stopped_ = true;
    up_ = false;
    ++epoch_;
    channels.clear();
    pending_.clear();
  }
  void hear(const std::string& channel, const std::string& payload) {
    returns_ = std::max(returns_, world_.now() + one_way());
    world_.at(returns_, [self = shared_from_this(), channel, payload, epoch = epoch_] {
      if (epoch == self->epoch_) {
        self->loop_.post([self, channel, payload] {
          if (!self->stopped_ && self->on_message_) {
            self->on_message_(channel, payload);
          }
        });
      }
    });
  }

  std::set<std::string> channels;

 private:
  struct question {
    redis::completion done;
    void finish(result<answer> told) {
      if (done) {
        std::exchange(done, {})(std::move(told));
      }
    }
  };
  void connect_again() {
    connect_later(way_back_.ended(world_.now(), static_cast<std::uint32_t>(world_.below(UINT32_MAX))));
  }
  milliseconds one_way() { return milliseconds(world_.below(static_cast<std::uint64_t>(server_.latency.count()) + 1)); }

  model_redis& server_;
  agenda& world_;
  loop& loop_;
  std::function<void()> on_up_;
  std::function<void(std::string_view, std::string_view)> on_message_;
  std::vector<std::shared_ptr<question>> pending_;
  net::reconnect way_back_;
  std::uint64_t epoch_ = 0;
  steady_time arrives_{};
  steady_time returns_{};
  bool up_ = false;
  bool stopped_ = false;
};

namespace {

class connection_handle final : public redis::commands {
 public:
  connection_handle(asio::io_context& context, std::shared_ptr<model_connection> to)
      : commands(context), to_(std::move(to)) {}
  ~connection_handle() override { to_->stop(); }

  void submit(std::span<const std::string_view> command, redis::completion done) override {
    to_->submit(std::vector<std::string>(command.begin(), command.end()), std::move(done));
  }
  void stop() override { to_->stop(); }

 private:
  std::shared_ptr<model_connection> to_;
};

answer text_of(std::string text) {
  return {.type = answer::kind::text, .text = std::move(text)};
}
// Of a call's record; empty for anything else.
std::string home_in(std::string_view record) {
  static constexpr std::string_view name = "\"home\":\"";
  const std::size_t at = record.find(name);
  if (at == std::string_view::npos) {
    return {};
  }
  record.remove_prefix(at + name.size());
  return std::string(record.substr(0, record.find('"')));
}
answer number_of(std::int64_t number) {
  return {.type = answer::kind::number, .number = number};
}

}  // namespace

redis::connector model_redis::connector_for(loop& of) {
  return [this, &of](asio::io_context& context, std::function<void()> on_up,
                     std::function<void(std::string_view, std::string_view)> on_message) {
    auto made = std::make_shared<model_connection>(*this, world_, of, std::move(on_up), std::move(on_message));
    connections_.push_back(made);
    made->connect_later(milliseconds(1));
    return std::make_unique<connection_handle>(context, std::move(made));
  };
}

const model_redis::value* model_redis::find(const std::string& key) {
  const auto found = data_.find(key);
  if (found != data_.end() && found->second.expires <= world_.now()) {
    data_.erase(found);
    return nullptr;
  }
  return found == data_.end() ? nullptr : &found->second;
}

void model_redis::remember() {
  static constexpr std::size_t most = 8;
  if (past_.empty() || world_.now() - past_.back().first >= milliseconds(100)) {
    past_.emplace_back(world_.now(), data_);
    if (past_.size() > most) {
      past_.erase(past_.begin());
    }
  }
}

answer model_redis::execute(const std::vector<std::string>& command, model_connection& from) {
  const std::string& verb = command.front();
  if (verb == "SET") {
    const bool only_new = command[3] == "NX";
    if (only_new && find(command[1]) != nullptr) {
      return {};
    }
    remember();
    if (const value* const before = find(command[1]); before != nullptr) {
      const std::string home = home_in(before->text);
      if (const std::string now = home_in(command[2]); now != home) {
        on_new_home(home, now, command[1]);
      }
    }
    data_[command[1]] = {command[2], world_.now() + milliseconds(std::stoll(command.back()))};
    return {.type = answer::kind::status, .text = "OK"};
  }
  if (verb == "GET") {
    const value* const found = find(command[1]);
    return found != nullptr ? text_of(found->text) : answer{};
  }
  if (verb == "MGET") {
    answer out{.type = answer::kind::list};
    for (std::size_t i = 1; i < command.size(); ++i) {
      const value* const found = find(command[i]);
      out.items.push_back(found != nullptr ? found->text : "");
    }
    return out;
  }
  if (verb == "EXISTS") {
    return number_of(find(command[1]) != nullptr ? 1 : 0);
  }
  if (verb == "DEL") {
    remember();
    return number_of(static_cast<std::int64_t>(data_.erase(command[1])));
  }
  if (verb == "PUBLISH") {
    std::int64_t heard = 0;
    publish(command[1], command[2], heard);
    return number_of(heard);
  }
  if (verb == "SUBSCRIBE") {
    from.channels.insert(command[1]);
  } else if (verb == "UNSUBSCRIBE") {
    from.channels.erase(command[1]);
  }
  return text_of("OK");
}

void model_redis::publish(const std::string& channel, const std::string& payload, std::int64_t& heard) {
  std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
  for (const auto& weak : connections_) {
    if (const auto to = weak.lock(); to && to->channels.contains(channel)) {
      ++heard;
      if (!world_.chance(message_loss)) {
        to->hear(channel, payload);
      }
    }
  }
}

void model_redis::stall(milliseconds time) {
  stalled_until_ = world_.now() + time;
}

void model_redis::drop_connections() {
  disturbed_ = world_.now();
  for (const auto& weak : connections_) {
    if (const auto to = weak.lock()) {
      to->lose("connection reset by peer");
    }
  }
}

void model_redis::restart_empty(milliseconds away) {
  data_.clear();
  past_.clear();
  lost_data_ = world_.now();
  away_until_ = world_.now() + away;
  drop_connections();
}

void model_redis::fail_over(milliseconds lost, milliseconds away) {
  for (auto snapshot = past_.rbegin(); snapshot != past_.rend(); ++snapshot) {
    if (world_.now() - snapshot->first >= lost || std::next(snapshot) == past_.rend()) {
      data_ = snapshot->second;
      break;
    }
  }
  past_.clear();
  lost_data_ = world_.now();
  away_until_ = world_.now() + away;
  drop_connections();
}

steady_time model_redis::last_expiry() const {
  steady_time last{};
  for (const auto& [key, value] : data_) {
    last = std::max(last, value.expires);
  }
  return last;
}

std::size_t model_redis::keys() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(data_, [this](const auto& each) { return each.second.expires > world_.now(); }));
}

}  // namespace c2c::sim
