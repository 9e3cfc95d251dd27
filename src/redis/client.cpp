#include "redis/client.hpp"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/utf8.hpp"

namespace c2c::redis {
namespace {

constexpr std::size_t most_quoted = 80;

result<answer> judged(result<answer> told) {
  if (told && told->what == answer::kind::error) {
    return fail(errc::store_unavailable, "Redis says: " + utf8::printable(told->text, most_quoted));
  }
  return told;
}

}  // namespace

client::client(asio::io_context& context, options chosen)
    : context_(context), options_(std::move(chosen)), link_(std::make_shared<link>(context, options_.link)) {
  link_->start();
}

client::~client() {
  link_->stop();
}

void client::send(std::initializer_list<std::string_view> command, completion done) {
  link_->submit(command, steady_clock::now() + options_.deadline,
                [done = std::move(done)](result<answer> told) { done(judged(std::move(told))); });
}

task<result<answer>> client::ask(std::initializer_list<std::string_view> command) {
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<executor>, void(result<answer>)>(
      [this, &command](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        // Posted, so that who waits is never resumed in the middle of the session's work.
        send(command, [shared, &context = context_](result<answer> told) {
          asio::post(context, [shared, told = std::move(told)]() mutable { (*shared)(std::move(told)); });
        });
      },
      use_task);
}

}  // namespace c2c::redis
