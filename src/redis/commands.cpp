#include "redis/commands.hpp"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

namespace c2c::redis {

task<result<answer>> commands::ask(std::initializer_list<std::string_view> command) {
  return ask_words(std::span(command.begin(), command.size()));
}

task<result<answer>> commands::ask(std::vector<std::string> command) {
  const std::vector<std::string_view> words(command.begin(), command.end());
  co_return co_await ask_words(words);
}

// `command` lives in the expression that waits.
task<result<answer>> commands::ask_words(std::span<const std::string_view> command) {
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<executor>, void(result<answer>)>(
      [this, command](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        // Posted, so that who waits is never resumed in the middle of the session's work.
        submit(command, [shared, &context = context_](result<answer> reply) {
          asio::post(context, [shared, reply = std::move(reply)]() mutable { (*shared)(std::move(reply)); });
        });
      },
      use_task);
}

}  // namespace c2c::redis
