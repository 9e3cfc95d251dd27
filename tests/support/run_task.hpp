// Runs a coroutine to its end on an io_context that has other work as well, and so never runs dry.
#pragma once

#include <exception>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>

#include "net/asio.hpp"

namespace c2c::test {

template <class T>
T run_task(asio::io_context& io, task<T> work) {
  std::optional<T> out;
  asio::co_spawn(io, std::move(work), [&out](const std::exception_ptr& thrown, T value) {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
    out.emplace(std::move(value));
  });
  io.restart();  // an earlier task may have been the last work there was
  while (!out) {
    if (io.run_one() == 0) {
      throw std::logic_error("the coroutine waits for something that nobody does");
    }
  }
  return std::move(*out);
}

}  // namespace c2c::test
