// One connection to Redis that is kept up, and questions put to it.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "redis/link.hpp"

namespace c2c::redis {

struct options {
  link_options link;
  std::chrono::milliseconds deadline{1'000};  // of each command
};

// Used on its io_context's thread.
class client {
 public:
  // Starts connecting; nothing is waited for. `context` outlives it.
  client(asio::io_context& context, options chosen);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  // What Redis says to `command`. An error that Redis answers is store_unavailable, as are silence and a lost
  // connection, after which the command may have been carried out all the same. Errors: store_unavailable, overloaded.
  task<result<answer>> ask(std::initializer_list<std::string_view> command);
  // The same for who does not wait; `done` is called on this thread, perhaps at once.
  void send(std::initializer_list<std::string_view> command, completion done);

 private:
  asio::io_context& context_;
  options options_;
  std::shared_ptr<link> link_;
};

}  // namespace c2c::redis
