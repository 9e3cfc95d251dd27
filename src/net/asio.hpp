// Asio types bound to io_context's own executor: a socket that knows its executor costs no type erasure.
// Every object made of these belongs to the one thread that runs its io_context.
#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/time.hpp"

// A timer's wait, told to a simulation where there is one: it lets time pass instead of sleeping.
template <>
struct boost::asio::wait_traits<c2c::steady_clock> {
  static c2c::steady_clock::duration to_wait_duration(const c2c::steady_clock::duration& wait) {
    if (c2c::simulated != nullptr) [[unlikely]] {
      c2c::simulated->until_next_timer = wait;
    }
    return wait;
  }
  static c2c::steady_clock::duration to_wait_duration(const c2c::steady_time& until) {
    return to_wait_duration(until - c2c::steady_clock::now());
  }
};

namespace c2c {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

template <class T>
using task = asio::awaitable<T, executor>;

// The completion token of every network await: the error comes back as a value.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> as_result{asio::use_awaitable_t<executor>{}};
inline constexpr asio::use_awaitable_t<executor> use_task{};

using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
using tcp_resolver = asio::ip::basic_resolver<asio::ip::tcp, executor>;

using timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, executor>;

}  // namespace c2c
