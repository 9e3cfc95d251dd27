// Runs coroutines from a test.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "net/asio.hpp"

namespace c2c::test {

// A task under way, and its value once it has one.
template <class T>
std::shared_ptr<std::optional<T>> start(asio::io_context& io, task<T> work) {
  auto out = std::make_shared<std::optional<T>>();
  asio::co_spawn(io, std::move(work), [out](const std::exception_ptr& thrown, T value) {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
    *out = std::move(value);
  });
  return out;
}

template <class T>
T await(asio::io_context& io, const std::shared_ptr<std::optional<T>>& started) {
  io.restart();
  while (!started->has_value()) {
    io.run_one();
  }
  return **started;
}

template <class T>
T run(asio::io_context& io, task<T> work) {
  return await(io, start(io, std::move(work)));
}

}  // namespace c2c::test
