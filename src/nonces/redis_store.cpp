#include "nonces/redis_store.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace c2c::nonces {

redis_store::redis_store(asio::io_context& context, const redis::connector& connect, clock now)
    : redis_(connect(context, {}, {})), now_(now ? std::move(now) : clock(&wall_now)) {}

task<result<void>> redis_store::claim(key key, std::chrono::sys_seconds expires) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(expires - now_());
  if (left.count() <= 0) {
    co_return fail(errc::invalid_nonce, "expired");
  }
  const std::string name = fmt::format("c2c:nonce:{:016x}", key);
  const auto answer = co_await redis_->ask({"SET", name, "", "NX", "PX", std::to_string(left.count())});
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  if (answer->type == redis::answer::kind::nothing) {
    co_return fail(errc::invalid_nonce, "claimed before");
  }
  if (!answer->ok()) {
    co_return fail(errc::store_unavailable, "Redis answers a claim neither with OK nor with nil");
  }
  co_return result<void>();
}

}  // namespace c2c::nonces
