// What is asked of Redis on one connection, whoever keeps it up.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "redis/session.hpp"

namespace c2c::redis {

// Used on its io_context's thread.
class commands {
 public:
  explicit commands(asio::io_context& context) : context_(context) {}
  virtual ~commands() = default;
  commands(const commands&) = delete;
  commands& operator=(const commands&) = delete;

  // What Redis says to `command`. An error that Redis answers is store_unavailable, as are silence and a lost
  // connection, after which the command may have been carried out all the same. Errors: store_unavailable, overloaded.
  task<result<answer>> ask(std::initializer_list<std::string_view> command);
  task<result<answer>> ask(std::vector<std::string> command);
  // The same for who does not wait; `done` is called once, on this thread, perhaps at once.
  void send(std::initializer_list<std::string_view> command, completion done) {
    submit(std::span(command.begin(), command.size()), std::move(done));
  }
  virtual void submit(std::span<const std::string_view> command, completion done) = 0;

  // Ends the connection. Whatever is asked afterwards is store_unavailable.
  virtual void stop() = 0;

 private:
  task<result<answer>> ask_words(std::span<const std::string_view> command);

  asio::io_context& context_;
};

// Makes a connection, which is made again whenever it is lost. `on_up` is called each time that it is there;
// `on_message` with what comes on a channel that was subscribed to since.
using connector = std::function<std::unique_ptr<commands>(
    asio::io_context& context, std::function<void()> on_up,
    std::function<void(std::string_view channel, std::string_view payload)> on_message)>;

}  // namespace c2c::redis
