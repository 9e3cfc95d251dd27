// POST /challenge: a single-use nonce for an AoR. No backend is asked, so nothing is learnt about who exists.
#pragma once

#include "auth/nonce.hpp"
#include "base/random.hpp"
#include "http/router.hpp"

namespace c2c::api {

// The references outlive the handler and belong to its worker.
http::handler make_challenge(auth::nonce_signer& signer, random_source& random);

}  // namespace c2c::api
