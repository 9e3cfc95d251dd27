#pragma once

#include "base/errc.hpp"
#include "http/response.hpp"

namespace c2c::api {

// What the caller is told: the reference's status and text where it has one. The failure's detail stays here.
http::response to_response(const failure& why);

}  // namespace c2c::api
