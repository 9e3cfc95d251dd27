// Asterisks as instances see them, in AMI's own words: sessions that are lost, orders that are refused, events in the
// orders that were measured, servers that freeze, restart, and come back with their calls or without.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agenda.hpp"
#include "pbx/port.hpp"

namespace c2c::sim {

inline constexpr std::chrono::seconds longest_talk{120};

class model_port;

// One server.
class model_asterisk {
 public:
  model_asterisk(agenda& world, std::string name) : world_(world), name_(std::move(name)) {}

  const std::string& name() const noexcept { return name_; }
  bool reachable() const noexcept { return up_ && world_.now() >= frozen_until_; }
  bool frozen() const noexcept { return world_.now() < frozen_until_; }

  // What the world does to it.
  void freeze(milliseconds time);
  void restart(milliseconds away, bool with_calls);
  void cut_sessions();
  milliseconds latency{1};

  // Called with each order, before anything comes of it.
  std::function<void(const std::string& key, const std::string& endpoint)> on_order;
  // Called before a call ends because an instance hangs it up.
  std::function<void(const std::string& key, const std::string& endpoint)> on_hang_up;

  // Called once a call has no channel any more.
  std::function<void(const std::string& key, const std::string& endpoint)> on_end;

  // What really is.
  bool has_channels(const std::string& key) const { return calls_.contains(key); }
  bool has_channels(const std::string& key, std::string_view endpoint) const {
    const auto found = calls_.find(key);
    return found != calls_.end() && found->second.endpoint == endpoint;
  }
  // Of a call that has channels: the instance whose order it was.
  const std::string& ordered_by(const std::string& key) const { return calls_.at(key).instance; }
  std::vector<std::string> live() const;
  // Since the last time that somebody could not hear this server.
  steady_time heard_since() const noexcept { return std::max(heard_since_, frozen_until_); }

 private:
  friend class model_port;
  struct channel {
    std::string id;
    std::string bridge;
    steady_time begun{};
  };
  struct live_call {
    std::string iden;
    std::string endpoint;
    std::string order;
    std::string instance;
    std::vector<channel> channels;
    dice fate;
    std::uint64_t script = 0;  // a step of another script is of a call that is gone
  };

  void take_order(const pbx::order& wanted, const std::string& order, const std::string& instance);
  void begin(const std::string& key);
  void dial_destination(const std::string& key);
  void hang_up(std::string_view channel);
  void end(const std::string& key, int cause);
  void list_for(model_port& to);
  // Not at all where it is restarted first.
  void when_thawed(std::function<void()> work);
  void later(const std::string& key, milliseconds wait, std::function<void(live_call&)> step);
  void emit(const std::string& event);
  void add_channel(live_call& call, const std::string& id);

  agenda& world_;
  std::string name_;
  std::map<std::string, live_call> calls_;    // by iden in lower case
  std::map<std::string, model_port*> ports_;  // with a session, by their instances' names
  std::uint64_t scripts_ = 0;
  std::uint64_t boots_ = 0;
  steady_time frozen_until_{};
  steady_time heard_since_{};
  bool up_ = true;
};

// One instance's way to all servers.
class model_port final : public pbx::port {
 public:
  model_port(agenda& world, loop& of, std::vector<model_asterisk*> servers, std::string name);
  ~model_port() override;

  void listen(pbx::listener& listener) override { listener_ = &listener; }
  task<result<void>> originate(std::string server, pbx::order order, steady_time deadline,
                               std::function<void(std::string_view order)> sent) override;
  void hang_up(const std::string& server, std::string_view channel,
               std::function<void(bool allowed, std::string_view words)> answered) override;
  void list_channels(const std::string& server) override;
  void hold(const std::string& server) override;
  void release(const std::string& server) override;

  void lose(const std::string& server);
  // Since when there is a session; nothing: there is none.
  std::optional<steady_time> up_since(const std::string& server) const;
  std::size_t held() const noexcept { return held_.size(); }

 private:
  friend class model_asterisk;
  struct ordered;
  struct link {
    model_asterisk* server = nullptr;
    bool up = false;
    steady_time since{};
    std::uint64_t epoch = 0;
    steady_time arrives{};  // the last that is on its way, so that nothing overtakes
    steady_time returns{};
    std::vector<std::shared_ptr<ordered>> orders;
    std::vector<std::shared_ptr<ordered>> waiting;  // for a session
  };

  void connect_later(const std::string& server, milliseconds wait);
  // Runs `work` at the server once it takes it; not at all where the session is lost meanwhile.
  void at_server(const std::string& server, std::function<void(model_asterisk&)> work);
  void tell(const std::string& server, std::string text);
  void respond(const std::string& server, const std::shared_ptr<ordered>& to, result<void> outcome);

  agenda& world_;
  loop& loop_;
  std::string name_;
  pbx::listener* listener_ = nullptr;
  std::map<std::string, link> links_;
  std::map<std::string, int> held_;
  std::uint64_t orders_ = 0;
  std::shared_ptr<bool> gone_ = std::make_shared<bool>(false);
};

}  // namespace c2c::sim
