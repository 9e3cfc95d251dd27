// What somebody may have meant. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace c2c::client {

// The one of `all` that `typed` is a slip of the finger away from: as few letters too many, missing, wrong or swapped
// as one in three, letters of either case being the same. Empty where there is none. Of several the first.
std::string nearest(std::string_view typed, std::span<const std::string> all);

}  // namespace c2c::client
