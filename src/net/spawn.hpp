// What is thrown where nothing should be: a bug, or no memory. It ends the one thing that it happened to, is logged and
// counted, and everything else goes on.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>

#include "net/asio.hpp"

namespace c2c::net {

// Any thread. `where` says in a few words what has ended: "a connection".
void note_unexpected(std::string_view where, const std::exception_ptr& thrown) noexcept;
// Of the whole process, since its start.
std::uint64_t unexpected_count() noexcept;

// Runs the event loop until it is out of work or stopped, past whatever its handlers throw.
void run(asio::io_context& context);

// Starts a coroutine that nobody waits for. `where` is a literal.
void spawn(const executor& on, std::string_view where, task<void> work);
// The same for one that has to go on: after an exception `begin` is called for another one, a second later. What it
// uses lives until the loop is out of work.
void spawn_lasting(const executor& on, std::string_view where, std::function<task<void>()> begin);

}  // namespace c2c::net
