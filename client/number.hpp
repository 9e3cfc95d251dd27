// What people paste as a telephone number. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace c2c::client {

// Takes out what is written for the eye only (spaces, dots, hyphens, slashes, parentheses, also the no-break spaces,
// dashes and direction marks that web pages and address books bring along) and gives what is dialled: 1 to 40 of + * 0
// to 9, as the service takes it. The error is a sentence that names the first character at fault.
std::expected<std::string, std::string> to_destination(std::string_view typed);

}  // namespace c2c::client
