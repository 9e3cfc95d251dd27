// A call's record as instances write it for one another. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "call/record.hpp"

namespace c2c::cluster {

// As JSON, of at most 2 KiB.
std::string encode(const call::record& record);

// Errors: malformed. Members that are not known are passed over, so that a newer instance may say more.
result<call::record> decode(std::string_view text);

}  // namespace c2c::cluster
