#include "redis/client.hpp"

#include <utility>

#include "base/utf8.hpp"

namespace c2c::redis {
namespace {

result<answer> judged(result<answer> reply) {
  if (reply && is_of_cluster(*reply)) {
    return fail(errc::store_unavailable, std::string(no_clusters));
  }
  if (reply && reply->type == answer::kind::error) {
    return fail(errc::store_unavailable, "Redis says: " + utf8::printable(reply->text, most_quoted));
  }
  return reply;
}

}  // namespace

client::client(asio::io_context& context, options chosen)
    : commands(context), options_(std::move(chosen)), link_(std::make_shared<link>(context, options_.link)) {
  link_->start();
}

client::~client() {
  link_->stop();
}

void client::submit(std::span<const std::string_view> command, completion done) {
  link_->submit(command, steady_clock::now() + options_.deadline,
                [done = std::move(done)](result<answer> reply) { done(judged(std::move(reply))); });
}

connector connector_to(options chosen) {
  return
      [chosen = std::move(chosen)](asio::io_context& context, std::function<void()> on_up,
                                   std::function<void(std::string_view channel, std::string_view payload)> on_message) {
        options own = chosen;
        if (on_up) {
          own.link.on_up = std::move(on_up);
        }
        if (on_message) {
          own.link.on_message = std::move(on_message);
        }
        return std::make_unique<client>(context, std::move(own));
      };
}

}  // namespace c2c::redis
