// A server may let the service have fewer connections than its pools would keep (max_connections,
// MAX_USER_CONNECTIONS). Where it says so, every pool of the process gives back what is idle, and for a while none
// keeps a connection after its query, so that all of them get their turn.
#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "net/asio.hpp"

namespace c2c::directory {

// Shared by the pools of all workers: any thread may call.
class mysql_crowd {
 public:
  // `give_back` is called on `on`, where `pool` is used and leaves.
  void join(const void* pool, executor on, std::function<void()> give_back);
  void leave(const void* pool);
  // The server has refused a connection, as there are too many.
  void note(steady_time now);
  bool is_recent(steady_time now) const;

 private:
  struct member {
    executor on;
    std::function<void()> give_back;
  };

  mutable std::mutex mutex_;
  std::map<const void*, member> members_;
  steady_time until_{};
};

}  // namespace c2c::directory
