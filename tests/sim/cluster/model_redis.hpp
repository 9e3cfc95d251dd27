// A Redis as instances see it: commands that take time, connections that are lost, data that is lost, messages that
// are.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agenda.hpp"
#include "redis/commands.hpp"

namespace c2c::sim {

class model_redis {
 public:
  explicit model_redis(agenda& world) : world_(world) {}

  redis::connector connector_for(loop& of);

  // What the world does to it.
  void stall(milliseconds time);  // says nothing for so long
  void drop_connections();
  // Both lose its connections, and nobody can connect for so long.
  void restart_empty(milliseconds away);
  void fail_over(milliseconds lost, milliseconds away);  // the writes of the time `lost` are lost
  double message_loss = 0;                               // of what is published, so much arrives nowhere
  milliseconds latency{1};

  // Called where a call's record names another home than before.
  std::function<void(const std::string& before, const std::string& now, const std::string& key)> on_new_home;

  // When something was last wrong with it, or an instance on its way back to it.
  steady_time disturbed() const noexcept { return std::max({disturbed_, stalled_until_, away_until_}); }
  bool reachable() const noexcept { return world_.now() >= std::max(stalled_until_, away_until_); }
  bool lost_data_since(steady_time when) const noexcept { return lost_data_ >= when; }
  // When the last of its keys goes.
  steady_time last_expiry() const;
  // That have not expired.
  std::size_t keys() const;
  bool holds(const std::string& key) { return find(key) != nullptr; }

 private:
  friend class model_connection;
  struct value {
    std::string text;
    steady_time expires;
  };
  using data = std::map<std::string, value>;

  redis::answer execute(const std::vector<std::string>& command, class model_connection& from);
  void publish(const std::string& channel, const std::string& payload, std::int64_t& heard);
  const value* find(const std::string& key);
  void remember();

  agenda& world_;
  data data_;
  std::vector<std::pair<steady_time, data>> past_;  // snapshots, for a fail-over
  std::vector<std::weak_ptr<class model_connection>> connections_;
  steady_time stalled_until_{};
  steady_time away_until_{};
  steady_time lost_data_{};
  steady_time disturbed_{};
};

}  // namespace c2c::sim
