#include "cluster/lease.hpp"

#include <utility>

#include <fmt/format.h>

namespace c2c::cluster {
namespace {

// One sign of life may get lost, and the next be late.
constexpr int renewals_in_a_life = 3;

}  // namespace

lease::lease(asio::io_context& context, redis::commands& redis, const std::string& name, std::chrono::milliseconds life)
    : redis_(redis), key_(key_of(name)), life_(life), timer_(context.get_executor()) {
  renew();
  renew_later();
}

lease::~lease() = default;

std::string lease::key_of(std::string_view name) {
  return fmt::format("c2c:instance:{}", name);
}

void lease::renew() {
  const steady_time now = steady_clock::now();
  lapses_ += now >= renewed_ + life_ ? 1 : 0;
  renewed_ = now;
  if (!resigned_) {
    redis_.send({"SET", key_, "", "PX", std::to_string(life_.count())},
                [taken = taken_](const result<redis::answer>& done) { *taken = done.has_value(); });
  }
}

void lease::renew_later() {
  timer_.expires_after(life_ / renewals_in_a_life);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec && !resigned_) {
      renew();
      renew_later();
    }
  });
}

task<void> lease::resign() {
  resigned_ = true;
  timer_.cancel();
  co_await redis_.ask({"DEL", key_});
}

task<result<bool>> lease::alive(std::string name) {
  const auto there = co_await redis_.ask({"EXISTS", key_of(name)});
  co_return there ? result<bool>(there->number > 0) : std::unexpected(there.error());
}

}  // namespace c2c::cluster
