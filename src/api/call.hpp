// POST /call: checks the challenge's answer and places the call.
#pragma once

#include "call/placement.hpp"
#include "http/router.hpp"

namespace c2c::api {

// `placement` outlives the handler and belongs to its worker.
http::handler make_call(call::placement& placement);

}  // namespace c2c::api
