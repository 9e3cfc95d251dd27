// GET and DELETE /calls/{iden}: a call as it goes, and its end. Both want the call's ticket, as `Authorization: Bearer`
// (RFC 6750) or as `?ticket=`, for an EventSource can send no header.
#pragma once

#include "auth/ticket.hpp"
#include "call/dialler.hpp"
#include "http/router.hpp"

namespace c2c::api {

// A JSON snapshot; for a reader that accepts text/event-stream, every change so far and to come as Server-Sent Events.
// The references outlive the handler; the signer belongs to its worker.
http::handler make_watch(call::dialler& dial, auth::ticket_signer& tickets);

// Hangs the call up: 204 once it is over, 202 with a snapshot where that takes longer.
http::handler make_hang_up(call::dialler& dial, auth::ticket_signer& tickets);

}  // namespace c2c::api
