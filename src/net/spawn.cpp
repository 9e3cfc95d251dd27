#include "net/spawn.hpp"

#include <atomic>
#include <chrono>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "log/log.hpp"

namespace c2c::net {
namespace {

constexpr std::chrono::seconds pause{1};

std::atomic<std::uint64_t> noted{0};

task<void> last(executor on, std::string_view where, std::function<task<void>()> begin) {
  for (;;) {
    std::exception_ptr thrown;
    try {
      co_await begin();
    } catch (...) {
      thrown = std::current_exception();
    }
    if (!thrown) {
      co_return;
    }
    note_unexpected(where, thrown);
    timer wait(on, pause);
    co_await wait.async_wait(as_result);
  }
}

}  // namespace

void note_unexpected(std::string_view where, const std::exception_ptr& thrown) noexcept {
  noted.fetch_add(1, std::memory_order_relaxed);
  try {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      log::error("unexpected, in {}: {}", where, e.what());
    } catch (...) {
      log::error("unexpected, in {}", where);
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch): not even a line of the log can be had
  }
}

std::uint64_t unexpected_count() noexcept {
  return noted.load(std::memory_order_relaxed);
}

void run(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (...) {
      note_unexpected("the event loop", std::current_exception());
    }
  }
}

void spawn(const executor& on, std::string_view where, task<void> work) {
  asio::co_spawn(on, std::move(work), [where](const std::exception_ptr& thrown) {
    if (thrown) {
      note_unexpected(where, thrown);
    }
  });
}

void spawn_lasting(const executor& on, std::string_view where, std::function<task<void>()> begin) {
  spawn(on, where, last(on, where, std::move(begin)));
}

}  // namespace c2c::net
