// What people paste as a telephone number. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace c2c::client {

// Takes out what is written for the eye only (spaces, dots, hyphens, slashes, parentheses, also the no-break spaces,
// dashes and direction marks that web pages and address books bring along) and gives what is dialled: 1 to 40 of + * 0
// to 9, as the service takes it. A "(0)" after a country's code is left out, as it is dialled from within that country
// only. A `tel:` address is taken as RFC 3966 has it: what may be ignored of its parameters is. What could be another
// number than the one that was meant is refused, with a sentence that says why.
std::expected<std::string, std::string> to_destination(std::string_view typed);

}  // namespace c2c::client
