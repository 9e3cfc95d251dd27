#include "directory/mysql_crowd.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace c2c::directory {
namespace {

constexpr std::chrono::seconds memory{2};

}  // namespace

void mysql_crowd::join(const void* pool, executor on, std::function<void()> give_back) {
  const std::scoped_lock lock(mutex_);
  members_.insert_or_assign(pool, member{std::move(on), std::move(give_back)});
}

void mysql_crowd::leave(const void* pool) {
  const std::scoped_lock lock(mutex_);
  members_.erase(pool);
}

void mysql_crowd::note(steady_time now) {
  const std::scoped_lock lock(mutex_);
  until_ = now + memory;
  for (const auto& [key, pool] : members_) {
    asio::post(pool.on, [give_back = pool.give_back] { give_back(); });
  }
}

bool mysql_crowd::is_recent(steady_time now) const {
  const std::scoped_lock lock(mutex_);
  return now < until_;
}

}  // namespace c2c::directory
