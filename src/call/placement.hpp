// The use case: from a signed request to a ringing phone. Reads as the contract's list of steps does.
#pragma once

#include <memory>
#include <string>

#include "auth/digest.hpp"
#include "auth/nonce.hpp"
#include "base/random.hpp"
#include "call/dialler.hpp"
#include "call/request.hpp"
#include "claims/claims.hpp"
#include "directory/directory.hpp"
#include "routing/router.hpp"

namespace c2c::ops {
struct call_attempt;
}

namespace c2c::call {

// One for each worker, used on that worker's thread. Everything it is given outlives it.
class placement {
 public:
  struct parts {
    auth::nonce_signer& signer;
    auth::digester& digester;
    random_source& random;
    claims::store& claims;
    directory::directory& directory;
    routing::router& router;
    dialler& dial;
  };

  placement(parts given, settings defaults) : parts_(given), defaults_(defaults) {}

  // Places the call and gives its iden. Leaves one line in the log for each attempt that got past the checks of form.
  // Errors: invalid_*, forbidden, iden_in_use, overloaded, claims_unavailable, backend_unavailable,
  // no_application_server, and those of dialler::dial.
  task<result<std::string>> place(request asked);

 private:
  task<result<directory::terminal>> authenticate(const request& asked, ops::call_attempt& log);
  // Leaves the last server that was tried in `used`.
  task<result<void>> dial(order what, std::string* used, ops::call_attempt& log);
  std::string make_iden();

  parts parts_;
  settings defaults_;
};

}  // namespace c2c::call
