// The use case: from a signed request to a ringing phone. Reads as the contract's list of steps does.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "auth/digest.hpp"
#include "auth/nonce.hpp"
#include "auth/throttle.hpp"
#include "auth/ticket.hpp"
#include "base/random.hpp"
#include "call/dial_pattern.hpp"
#include "call/dialler.hpp"
#include "call/request.hpp"
#include "directory/directory.hpp"
#include "metrics/metrics.hpp"
#include "nonces/store.hpp"
#include "routing/registrar.hpp"
#include "routing/router.hpp"

namespace c2c::call {

// One for each worker, used on that worker's thread. Everything it is given outlives it.
class placement {
 public:
  struct parts {
    auth::nonce_signer& signer;
    auth::digester& digester;
    random_source& random;
    nonces::store& claims;
    directory::directory& directory;
    routing::router& router;
    dialler& dial;
    auth::ticket_signer& tickets;
    auth::throttle& throttle;
    routing::registrar* phones;  // null where nobody knows which terminals are registered
    metrics::call_metrics& figures;
  };

  // What is done for a terminal that has no phone.
  enum class preflight : std::uint8_t {
    report,  // who asks for progress is told there that the call failed; for others it is tried all the same
    reject,
  };

  struct options {
    settings defaults;
    ceilings most;
    preflight unregistered = preflight::reject;
    destination_policy destinations;
  };

  struct placed {
    std::string iden;
    std::string ticket;  // empty where none was asked for
  };

  placement(parts given, options chosen) : parts_(given), options_(std::move(chosen)) {}

  // Places the call. Leaves one line in the log for each attempt that got past the checks of form. Errors: invalid_*,
  // forbidden, throttled, destination_refused, not_registered, iden_in_use, overloaded, store_unavailable,
  // backend_unavailable, no_application_server, and those of dialler::dial.
  task<result<placed>> place(request asked);

 private:
  class attempt;

  std::string make_iden();

  parts parts_;
  options options_;
};

}  // namespace c2c::call
