// What leaves the program on its standard streams: written at once and whole, or an error that is told.
#pragma once

#include <string_view>

namespace c2c::client {

// 0, or the errno of what went wrong. Waits where the other end does not take it yet.
int write_all(int fd, std::string_view text) noexcept;

// A standard stream that is closed would be the next socket's number, and what is printed would go to the service.
// Gives each such stream a descriptor that takes and gives nothing.
void hold_standard_streams() noexcept;

}  // namespace c2c::client
