#include "claims/redis.hpp"

#include <string>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"

namespace c2c::claims {

redis::redis(asio::io_context& context, options chosen)
    : context_(context), options_(std::move(chosen)), link_(std::make_shared<redis_link>(context, options_.link)) {
  link_->start();
}

redis::~redis() {
  link_->stop();
}

task<result<void>> redis::claim(key key, std::chrono::sys_seconds expires) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(expires - options_.now());
  if (left.count() <= 0) {
    co_return fail(errc::invalid_nonce, "expired");
  }
  const std::string name = fmt::format("c2c:nonce:{:016x}", key);
  const std::string life = std::to_string(left.count());
  const auto reply = co_await asio::async_initiate<const asio::use_awaitable_t<executor>, void(result<redis_reply>)>(
      [this, &name, &life](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        // Posted, so that who waits is never resumed in the middle of the session's work.
        link_->submit({"SET", name, "", "NX", "PX", life}, steady_clock::now() + options_.deadline,
                      [shared, &context = context_](result<redis_reply> told) {
                        asio::post(context, [shared, told = std::move(told)]() mutable { (*shared)(std::move(told)); });
                      });
      },
      use_task);
  if (!reply) {
    co_return std::unexpected(reply.error());
  }
  switch (reply->what) {
    case redis_reply::kind::text: co_return result<void>();
    case redis_reply::kind::nothing: co_return fail(errc::invalid_nonce, "claimed before");
    default: co_return fail(errc::claims_unavailable, "Redis says: " + ascii::printable(reply->text, 80));
  }
}

}  // namespace c2c::claims
